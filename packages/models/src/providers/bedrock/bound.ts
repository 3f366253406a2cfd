import type { Fetch } from '../../provider.ts'
import { rewritten } from '../asking/rewritten.ts'
import { isObject } from '../failures/chain.ts'

type Fields = Readonly<Record<string, unknown>>

/** Claude takes no smaller budget for thoughts. */
const leastThought = 1024

/**
 * The package puts what Claude may think on top of what an answer may have, and takes the bound away where Nova is to think hard. A caller’s
 * bound is one for all of it: somebody has set aside what it costs.
 */
export const boundedTo = (fetch: Fetch, most: number | undefined): Fetch =>
  most === undefined ? fetch : rewritten(fetch, (body) => within(body, most))

function within(body: Fields, most: number): Fields {
  const config = isObject(body['inferenceConfig']) ? body['inferenceConfig'] : {}
  if (config['maxTokens'] === most) return body
  const { additionalModelRequestFields: more, ...rest } = body
  const fields = isObject(more) ? thinkingWithin(more, most) : {}
  return {
    ...rest,
    inferenceConfig: { ...config, maxTokens: most },
    ...(Object.keys(fields).length === 0 ? {} : { additionalModelRequestFields: fields }),
  }
}

function thinkingWithin(fields: Fields, most: number): Fields {
  const { thinking, reasoningConfig, ...rest } = fields
  const budget = isObject(thinking) ? thinking['budget_tokens'] : undefined
  // Where there is no room for thoughts the model does without.
  const kept =
    typeof budget !== 'number'
      ? { thinking }
      : most > leastThought
        ? { thinking: { ...(thinking as Fields), budget_tokens: Math.min(budget, most - 1) } }
        : {}
  // Nova takes no bound where it is to think harder than this.
  const effort = isObject(reasoningConfig)
    ? { reasoningConfig: { ...reasoningConfig, maxReasoningEffort: 'medium' } }
    : {}
  return Object.fromEntries(Object.entries({ ...rest, ...kept, ...effort }).filter(([, value]) => value !== undefined))
}
