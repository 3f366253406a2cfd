import type { Fetch } from '../../provider.ts'
import { rewritten } from '../asking/rewritten.ts'
import { isObject } from '../failures/chain.ts'

/** Anthropic takes no smaller budget for thoughts. */
const leastThought = 1024

/**
 * What the package asks for at most is what an answer may have and, on top of it, what the model may think. A caller's bound is one for both, as in
 * Anthropic's own protocol: somebody has set aside what it costs.
 */
export const boundedTo = (fetch: Fetch, most: number | undefined): Fetch =>
  most === undefined ? fetch : rewritten(fetch, (body) => within(body, most))

function within(body: Readonly<Record<string, unknown>>, most: number): object {
  const { max_tokens: asked, thinking, ...rest } = body
  if (typeof asked !== 'number' || asked <= most) return body
  const budget = isObject(thinking) ? thinking['budget_tokens'] : undefined
  if (typeof budget !== 'number') return { ...body, max_tokens: most }
  // Where there is no room for thoughts the model does without.
  if (most <= leastThought) return { ...rest, max_tokens: most }
  return { ...body, max_tokens: most, thinking: { ...(thinking as object), budget_tokens: Math.min(budget, most - 1) } }
}
