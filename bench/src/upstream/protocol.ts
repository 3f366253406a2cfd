/** What the provider that everybody is measured with says, in OpenAI's chat protocol. */
export const model = 'gpt-4o-mini'
export const words = [
  'Good',
  ' morning',
  ',',
  ' Ann',
  '.',
  ' It',
  ' is',
  ' ten',
  ' and',
  ' the',
  ' sun',
  ' shines',
  '.',
]
export const said = words.join('')

const prompt = 11
const usage = (tokens: number): object => ({
  prompt_tokens: prompt,
  completion_tokens: tokens,
  total_tokens: prompt + tokens,
})

const about = { id: 'chatcmpl-1', created: 1_790_000_000, model, system_fingerprint: 'fp_1' }

export const completion = JSON.stringify({
  ...about,
  object: 'chat.completion',
  choices: [
    { index: 0, message: { role: 'assistant', content: said, refusal: null }, logprobs: null, finish_reason: 'stop' },
  ],
  usage: usage(words.length),
})

export const failure = JSON.stringify({
  error: { message: 'The server had an error.', type: 'server_error', param: null, code: null },
})

export const models = JSON.stringify({
  object: 'list',
  data: [{ id: model, object: 'model', created: about.created, owned_by: 'openai' }],
})

const event = (choices: readonly object[], more: object = {}): string =>
  `data: ${JSON.stringify({ ...about, object: 'chat.completion.chunk', choices, ...more })}\n\n`

const choice = (delta: object, finish: string | null = null): readonly object[] => [
  { index: 0, delta, logprobs: null, finish_reason: finish },
]

export const role = event(choice({ role: 'assistant', content: '', refusal: null }))

/** Only the text is put in: a thousand streams ask for very many of them. */
const [beforeText = '', behindText = ''] = event(choice({ content: '{{text}}' })).split('{{text}}')
export const token = (text: string): string => `${beforeText}${text}${behindText}`

/** The last events of a stream, as they are where its client asked for usage and where not. */
export const ending = (tokens: number, tellsUsage: boolean): string =>
  `${event(choice({}, 'stop'))}${tellsUsage ? event([], { usage: usage(tokens) }) : ''}data: [DONE]\n\n`
