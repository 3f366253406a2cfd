import { usageInProtocol } from '../../wire/openai-chat/usage.ts'
import { isObject } from '../failures/chain.ts'
import { looksLikeError } from '../failures/said.ts'
import { finishOf, isGivenUp } from './finish.ts'

type Fields = Readonly<Record<string, unknown>>

/** Marks a piece of text that is not said but thought: see `thoughts.ts`. */
export const thoughtMark = 'hearth_thought'

export interface Chunks {
  /** An event of a stream as one or more of the protocol. */
  inProtocol(chunk: Fields): readonly Fields[]
}

/** For one stream: calls are numbered over all of it. */
export function createChunks(): Chunks {
  const numbers = new Map<string, number>()
  let last = 0
  let hasCalls = false
  const numbered = (call: Fields): Fields => {
    const { id, index } = call
    if (typeof index === 'number') return call
    if (typeof id === 'string' && id !== '') {
      last = numbers.get(id) ?? numbers.size
      numbers.set(id, last)
    }
    return { ...call, index: last }
  }
  return {
    inProtocol: (chunk) => {
      // An error that comes along with an empty choice would be read as the choice.
      const error = chunk['error'] ?? ofGroq(chunk, 'error')
      if (error !== undefined && error !== null) return [{ error }]
      const { choices } = chunk
      if (!Array.isArray(choices)) return isBare(chunk) ? [{ ...identified(chunk), choices: [] }] : [chunk]
      const [choice] = choices as readonly unknown[]
      if (!isObject(choice)) return [{ ...identified(chunk), choices: [] }]
      if (isGivenUp(choice['finish_reason'])) return [{ error: { message: 'the answer was given up' } }]
      const said = delta(choice['delta'], numbered)
      hasCalls ||= said?.['tool_calls'] !== undefined
      const finish = finishOf(choice['finish_reason'], hasCalls)
      const apart = split(said)
      return apart.map((one, place) =>
        chunkOf(
          chunk,
          { ...choice, delta: one.delta, finish_reason: finish },
          one.isThought,
          place === apart.length - 1,
        ),
      )
    },
  }
}

/** An event without an answer in it, which is not an error either. */
const isBare = (chunk: Fields): boolean => ('usage' in chunk || 'choices' in chunk) && !looksLikeError(chunk)

interface Apart {
  readonly delta: Fields | null
  readonly isThought: boolean
}

function chunkOf(chunk: Fields, choice: Fields, isThought: boolean, isLast: boolean): Fields {
  const { finish_reason: reason, logprobs, index, delta: said } = choice
  const one = {
    index: typeof index === 'number' ? index : 0,
    delta: said,
    finish_reason: isLast ? reason : null,
    ...(isLast && areLogProbabilities(logprobs) ? { logprobs } : {}),
  }
  const { usage, ...rest } = identified(chunk)
  return {
    ...rest,
    ...(isLast && usage !== undefined ? { usage } : {}),
    ...(isThought ? { [thoughtMark]: true } : {}),
    choices: [one],
  }
}

/** What was thought first, then what is said: a server that tells both at once has them in this order. */
function split(said: Fields | null): readonly Apart[] {
  if (said === null) return [{ delta: null, isThought: false }]
  const { thought, ...rest } = said
  if (typeof thought !== 'string' || thought === '') return [{ delta: rest, isThought: false }]
  const { content, tool_calls: calls } = rest
  const first = { delta: { content: thought }, isThought: true }
  const isMore = (typeof content === 'string' && content !== '') || calls !== undefined
  return isMore ? [first, { delta: rest, isThought: false }] : [first]
}

function delta(said: unknown, numbered: (call: Fields) => Fields): Fields | null {
  if (!isObject(said)) return null
  const { role, tool_calls: calls, annotations: _annotations, ...rest } = said
  return {
    ...rest,
    ...contentOf(said),
    ...(role === 'assistant' ? { role } : {}),
    ...(Array.isArray(calls) && calls.length > 0
      ? { tool_calls: (calls as readonly unknown[]).filter(isObject).map((call) => numbered(callInProtocol(call))) }
      : {}),
  }
}

/** Text and thoughts, which each server keeps in a place of its own; Mistral keeps both in one list. */
function contentOf({ content, reasoning_content: one, reasoning: other }: Fields): Fields {
  const thoughts = [one, other].find((text) => typeof text === 'string' && text !== '')
  if (!Array.isArray(content)) return { content: typeof content === 'string' ? content : null, thought: thoughts }
  const parts = (content as readonly unknown[]).filter(isObject)
  const said = parts.map(({ text }) => (typeof text === 'string' ? text : '')).join('')
  const thought = parts
    .flatMap(({ thinking }) => (Array.isArray(thinking) ? (thinking as readonly unknown[]) : [thinking]))
    .map((part) => (isObject(part) ? part['text'] : part))
    .filter((text) => typeof text === 'string')
    .join('')
  return { content: said, thought: thought === '' ? thoughts : thought }
}

function callInProtocol({ type: _type, function: called, ...rest }: Fields): Fields {
  const { arguments: input, ...named } = isObject(called) ? called : {}
  const written = typeof input === 'string' || input === undefined || input === null ? input : JSON.stringify(input)
  return { ...rest, type: 'function', function: { ...named, ...(written === undefined ? {} : { arguments: written }) } }
}

/** What Groq keeps in a place of its own. */
const ofGroq = ({ x_groq: own }: Fields, name: string): unknown => (isObject(own) ? own[name] : undefined)

/** An id that is a number, and a date that is a text, end no answer. */
function identified(chunk: Fields): Fields {
  const { id, created, model, usage: plain, ...rest } = chunk
  const usage = plain ?? ofGroq(chunk, 'usage')
  return {
    ...rest,
    ...(id === undefined || id === null ? {} : { id: String(id) }),
    ...(typeof created === 'number' ? { created } : {}),
    ...(typeof model === 'string' ? { model } : {}),
    ...(isObject(usage) ? { usage: usageInProtocol(usage) } : {}),
  }
}

function areLogProbabilities(value: unknown): boolean {
  if (!isObject(value) || !Array.isArray(value['content'])) return false
  return (value['content'] as readonly unknown[]).every(
    (one) =>
      isObject(one) &&
      typeof one['token'] === 'string' &&
      typeof one['logprob'] === 'number' &&
      Array.isArray(one['top_logprobs']),
  )
}

/** An answer that came whole. */
export function wholeInProtocol(body: Fields): Fields {
  const { choices } = body
  if (!Array.isArray(choices)) return body
  const [choice] = choices as readonly unknown[]
  if (!isObject(choice) || !isObject(choice['message'])) return body
  if (isGivenUp(choice['finish_reason'])) return { error: { message: 'the answer was given up' } }
  const { message, logprobs, index } = choice
  const { tool_calls: calls, role: _role, annotations: _annotations, ...rest } = message
  const told = {
    ...rest,
    role: 'assistant',
    ...contentOf(message),
    ...(Array.isArray(calls) ? { tool_calls: (calls as readonly unknown[]).filter(isObject).map(wholeCall) } : {}),
  }
  const one = {
    ...choice,
    index: typeof index === 'number' ? index : 0,
    message: told,
    finish_reason: finishOf(choice['finish_reason'], Array.isArray(calls) && calls.length > 0),
    logprobs: areLogProbabilities(logprobs) ? logprobs : null,
  }
  return { ...identified(body), choices: [one] }
}

function wholeCall(call: Fields): Fields {
  const fitting = callInProtocol(call)
  const called = fitting['function'] as Fields
  return { ...fitting, function: { ...called, arguments: called['arguments'] ?? '{}' } }
}
