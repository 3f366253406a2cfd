import {
  formatUsd,
  parseUsd,
  type Expectation,
  type InnerEnd,
  type Rendered,
  type TemplateDefinition,
} from '@hearth/models'
import { HearthError, schema } from '@hearth/protocol'
import * as z from 'zod'
import type { Caller } from '../feature.ts'
import { invalid } from '../position-in.ts'
import { askModel } from '../models/inner-call.ts'
import { callOf } from './calling.ts'
import { expectation } from './input.ts'
import { rendered, variablesInput } from './rendered.ts'
import { askRenderer } from './rendering.ts'

export const caseInput = z.strictObject({
  /** To tell it from the others. */
  name: schema.text({ max: 200 }).optional(),
  variables: variablesInput,
  expect: z.array(expectation).max(20).optional(),
})

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

export const caseOutput = z.object({
  name: z.string().optional(),
  /** It was answered, and does all that is expected. */
  ok: z.boolean(),
  answer: z.string().optional(),
  /** What the answer does not do, or why there is none. */
  faults: z.array(z.string()),
  /** Why there is no answer: a code, or how the model failed. */
  error: z.string().optional(),
  call: z.string().optional(),
  provider: z.string().optional(),
  model: z.string().optional(),
  inputTokens: count.optional(),
  outputTokens: count.optional(),
  costUsd: z.string().optional(),
  ms: z.number().optional(),
})

type Case = z.infer<typeof caseInput>
type Tried = z.infer<typeof caseOutput>

interface Trying {
  readonly name: string
  readonly version: number
  readonly definition: TemplateDefinition
  readonly model: string
  readonly cases: readonly Case[]
}

const atOnce = 4
const longestAnswer = 20_000

export async function tryCases(caller: Caller, trying: Trying) {
  // Nothing is spent where one of them cannot be rendered.
  const prompts: Rendered[] = []
  for (const [index, { variables }] of trying.cases.entries())
    prompts.push(
      await rendered(caller, trying.name, trying.definition, variables)
        .then(notEmpty)
        .catch(namingCase(trying.cases, index)),
    )
  const tried: Tried[] = []
  const waiting = trying.cases.map((one, index) => ({ one, index }))
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { one, index } = next
      const prompt = prompts[index]
      if (prompt !== undefined) tried[index] = await tryOne(caller, trying, one, prompt.messages)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  const passed = tried.filter(({ ok }) => ok).length
  const costs = tried.map(({ costUsd }) => (costUsd === undefined ? undefined : parseUsd(costUsd)))
  const isKnown = costs.every((one) => one !== undefined)
  const sum = costs.reduce<bigint>((all, one) => all + (one ?? 0n), 0n)
  return { passed, failed: tried.length - passed, cases: tried, ...(isKnown ? { costUsd: formatUsd(sum) } : {}) }
}

function notEmpty(prompt: Rendered): Rendered {
  if (prompt.messages.length > 0) return prompt
  throw new HearthError('templates.failed', 'Nothing comes out of the template with these variables.')
}

function namingCase(cases: readonly Case[], index: number) {
  return (error: unknown): never => {
    if (cases.length < 2 || !(error instanceof HearthError)) throw error
    const [issue] = error.issues ?? []
    throw invalid(`cases.${index}${issue === undefined ? '' : `.${issue.path}`}`, issue?.message ?? error.message)
  }
}

async function tryOne(
  caller: Caller,
  { name, version, definition, model }: Trying,
  { name: called, expect = [] }: Case,
  messages: Parameters<typeof callOf>[0],
): Promise<Tried> {
  const call = callOf(messages, definition.options)
  const { end, record } = await askModel(caller, {
    door: 'templates.test',
    model,
    call,
    template: `${name}@${version}`,
  })
  const about = {
    ...(called === undefined ? {} : { name: called }),
    call: record.id,
    ...(record.provider === null ? {} : { provider: record.provider }),
    ...(record.model === null ? {} : { model: record.model }),
    ...(record.tokens === null ? {} : { inputTokens: record.tokens.input, outputTokens: record.tokens.output }),
    ...(record.costUsd === null ? {} : { costUsd: record.costUsd }),
    ms: record.ms,
  }
  if (end.type !== 'answered') return { ...about, ok: false, ...failed(end) }
  const answer = textIn(end.answer)
  const faults = expect.length === 0 ? [] : await faultsIn(caller, name, answer, expect)
  return { ...about, ok: faults.length === 0, answer: answer.slice(0, longestAnswer), faults: [...faults] }
}

function failed(end: Exclude<InnerEnd, { readonly type: 'answered' | 'faulty' }>): Pick<Tried, 'error' | 'faults'> {
  return end.type === 'refused'
    ? { error: end.error.code, faults: [end.error.message] }
    : { error: end.failure.type, faults: [end.failure.detail] }
}

/** What is expected may be anybody's as well: a pattern that takes for ever, a schema that does. */
async function faultsIn(caller: Caller, name: string, answer: string, expectations: readonly Expectation[]) {
  try {
    return (await askRenderer<'judge'>(caller, name, { type: 'judge', answer, expectations })).faults
  } catch (error) {
    if (error instanceof HearthError) return [`It could not be looked at: ${error.message}`]
    throw error
  }
}

const textIn = ({ content }: Extract<InnerEnd, { readonly type: 'answered' }>['answer']): string =>
  content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('')
