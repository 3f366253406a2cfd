import * as canon from '../conformance/canon.ts'
import type { Counts, Dialect, Fields, Finish, Probability, Said } from './dialect.ts'

/** All recordings of a server, by the names of their files, as it would have written them. */
export function written(dialect: Dialect): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>()
  const put = (name: string, text: string): void => void files.set(name, Buffer.from(text))
  for (const [name, answer] of Object.entries(answers)) {
    put(`${name}.json`, JSON.stringify(whole(dialect, answer)))
    put(`${name}.sse`, stream(dialect, events(dialect, answer), true))
  }
  const begun = events(dialect, { ...cut, finish: 'length' }).slice(0, beforeCut(dialect))
  const broken = dialect.error ?? openAiError
  put('error-first.sse', stream(dialect, [broken], false))
  put('error-later.sse', stream(dialect, [...begun, broken], false))
  put('error-whole.json', JSON.stringify(dialect.errorWhole ?? broken))
  put('garbage-later.sse', stream(dialect, [...begun, '{"choices":[{"del'], true))
  put('forever.sse', stream(dialect, [chunk(dialect, delta(dialect, 'wave '))], false))
  put('errors.json', JSON.stringify(dialect.errors))
  put('models.json', JSON.stringify(dialect.models))
  put('embeddings.json', JSON.stringify((dialect.embeddings ?? openAiEmbeddings)(vectors)))
  return files
}

interface Answer {
  readonly pieces: Said & { readonly texts?: readonly string[]; readonly thoughts?: readonly string[] }
  readonly finish: Finish
  readonly counts: Counts
  readonly probabilities?: readonly Probability[]
}

const few: Counts = { input: 25, cached: 0, output: 14, reasoning: 0 }
const texts = ['High tide', ' in Tromsø', ' is at 06:14', ' — 高潮', ' at dawn.']
const saying = (list: readonly string[], more: Partial<Answer> = {}): Answer => ({
  pieces: { texts: list, text: list.join('') },
  finish: 'stop',
  counts: few,
  ...more,
})
const cut = saying(texts.slice(0, 2), { finish: 'length' })

const probabilities: readonly Probability[] = [
  { token: 'Fri', logprob: -0.01, other: 'Satur', otherLogprob: -4.6 },
  { token: 'day', logprob: -0.25, other: 'days', otherLogprob: -1.8 },
  { token: '.', logprob: -0.5, other: '!', otherLogprob: -1.1 },
]

const answers: Readonly<Record<string, Answer>> = {
  text: saying(texts),
  length: cut,
  filtered: saying(['High', ' tide'], { finish: 'filtered' }),
  structured: saying(['{"name":"Ada",', '"age":36}']),
  usage: saying(['Friday.'], { counts: { input: 1200, cached: 1024, output: 96, reasoning: 64 } }),
  'log-probabilities': saying(['Fri', 'day', '.'], { probabilities }),
  reasoning: {
    pieces: {
      thoughts: ['Spring tide follows', ' the full moon.'],
      thought: canon.reasoning,
      texts: ['Fri', 'day.'],
      text: canon.afterReasoning,
    },
    finish: 'stop',
    counts: { ...few, reasoning: 9 },
  },
  tools: { pieces: { calls: canon.calls }, finish: 'calls', counts: few },
  'bare-tool': { pieces: { calls: [{ name: 'now', input: {} }] }, finish: 'calls', counts: few },
}

const vectors = [
  [-0.75, 0.0625, 1],
  [0.5, -0.25, 0.125],
]
const openAiEmbeddings = (list: readonly (readonly number[])[]): unknown => ({
  object: 'list',
  data: list.map((embedding, index) => ({ object: 'embedding', index, embedding })),
  model: 'embedder',
  usage: { prompt_tokens: 4, total_tokens: 4 },
})

const openAiError = { error: { message: 'the engine is away', type: 'server_error', param: null, code: null } }
const openAiUsage = ({ input, cached, output, reasoning }: Counts): Fields => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  prompt_tokens_details: { cached_tokens: cached },
  completion_tokens_details: { reasoning_tokens: reasoning },
})

const words: Readonly<Record<Finish, string>> = {
  stop: 'stop',
  length: 'length',
  filtered: 'content_filter',
  calls: 'tool_calls',
}

export const openAiProbabilities = (list: readonly Probability[]): unknown => ({
  content: list.map(({ token, logprob, other, otherLogprob }) => ({
    token,
    logprob,
    bytes: null,
    top_logprobs: [
      { token, logprob, bytes: null },
      { token: other, logprob: otherLogprob, bytes: null },
    ],
  })),
})

const beforeCut = ({ opening, prelude = [] }: Dialect): number => prelude.length + (opening === null ? 2 : 3)
const head = { id: 'chatcmpl-T1deWatchR41', created: 1_780_000_000 }

function stream(
  { lineEnd = '\n', between = '', before = '' }: Dialect,
  list: readonly unknown[],
  ends: boolean,
): string {
  const data = [...list, ...(ends ? ['[DONE]'] : [])]
  const lines = data.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}`)
  return before + lines.map((line) => `${line}${lineEnd}${lineEnd}${between}`).join('')
}

function chunk(dialect: Dialect, said: Fields, more: Fields = {}): Fields {
  const choice = { index: 0, delta: { ...dialect.inDelta, ...said }, finish_reason: null, ...dialect.inChoice, ...more }
  return { ...head, object: 'chat.completion.chunk', model: dialect.model, ...dialect.head, choices: [choice] }
}

const delta = ({ text }: Dialect, said: string): Fields => text?.(said) ?? { content: said }

function events(dialect: Dialect, { pieces, finish, counts, probabilities: list }: Answer): readonly Fields[] {
  const { prelude = [], opening = { role: 'assistant', content: '' }, last = {}, usageComes = 'behind' } = dialect
  const reason = (dialect.finish?.[finish] ?? words[finish]) as string
  const usage = (dialect.usage ?? openAiUsage)(counts)
  const told = { usage, ...dialect.withUsage?.(usage) }
  const tellsProbability = (place: number): Fields =>
    list?.[place] === undefined ? {} : { logprobs: (dialect.probabilities ?? openAiProbabilities)([list[place]]) }
  const end = chunk(dialect, last, { finish_reason: reason })
  const { choices: _none, ...bare } = end
  return [
    ...prelude,
    ...(opening === null ? [] : [chunk(dialect, opening)]),
    ...(pieces.thoughts ?? []).map((piece) => chunk(dialect, dialect.thought?.(piece) ?? { reasoning_content: piece })),
    ...(pieces.texts ?? []).map((piece, place) => chunk(dialect, delta(dialect, piece), tellsProbability(place))),
    ...(dialect.calls ?? inPieces)(pieces.calls ?? []).map((one) => chunk(dialect, one)),
    usageComes === 'last' ? { ...end, ...told } : end,
    ...(usageComes === 'behind' ? [{ ...bare, choices: [], ...told }] : []),
    ...(usageComes === 'repeated' ? [{ ...chunk(dialect, {}, { finish_reason: reason }), ...told }] : []),
  ]
}

/** As OpenAI has them: the name first, the input as it is written. */
export const inPieces: NonNullable<Dialect['calls']> = (calls) =>
  calls.flatMap(({ name, input }, index) => {
    const written = JSON.stringify(input)
    const half = Math.ceil(written.length / 2)
    return [
      { tool_calls: [{ index, id: `call_${name}`, type: 'function', function: { name, arguments: '' } }] },
      { tool_calls: [{ index, function: { arguments: written.slice(0, half) } }] },
      { tool_calls: [{ index, function: { arguments: written.slice(half) } }] },
    ]
  })

/** Each call at once, all of them in one event or one behind the other. */
export const atOnce =
  (together: boolean, form: (call: Fields, index: number) => Fields = (call, index) => ({ ...call, index })) =>
  (calls: Parameters<typeof inPieces>[0]): readonly Fields[] => {
    const list = calls.map(({ name, input }, index) =>
      form({ id: `call_${name}`, type: 'function', function: { name, arguments: JSON.stringify(input) } }, index),
    )
    if (list.length === 0) return []
    return together ? [{ tool_calls: list }] : list.map((call) => ({ tool_calls: [call] }))
  }

function whole(dialect: Dialect, { pieces, finish, counts, probabilities: list }: Answer): Fields {
  const { text, thought, calls } = pieces
  const asCalls =
    dialect.wholeCalls ??
    ((all) =>
      all.map(({ name, input }) => ({
        id: `call_${name}`,
        type: 'function',
        function: { name, arguments: JSON.stringify(input) },
      })))
  const told = dialect.thought?.('thought') ?? { reasoning_content: 'thought' }
  const thoughtField = Object.keys(told).find((field) => told[field] === 'thought')
  const message = dialect.message?.({
    ...(text === undefined ? {} : { text }),
    ...(thought === undefined ? {} : { thought }),
    ...(calls === undefined ? {} : { calls }),
  }) ?? {
    role: 'assistant',
    content: text ?? null,
    ...(thought === undefined ? {} : { [thoughtField ?? '']: thought }),
    ...(calls === undefined ? {} : { tool_calls: asCalls(calls) }),
  }
  const choice = {
    index: 0,
    message,
    finish_reason: dialect.finish?.[finish] ?? words[finish],
    ...dialect.inChoice,
    ...(list === undefined ? {} : { logprobs: (dialect.probabilities ?? openAiProbabilities)(list) }),
  }
  const usage = (dialect.usage ?? openAiUsage)(counts)
  return {
    ...head,
    object: 'chat.completion',
    model: dialect.model,
    ...dialect.wholeHead,
    choices: [choice],
    usage,
  }
}
