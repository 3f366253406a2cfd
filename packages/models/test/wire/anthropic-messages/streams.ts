/** Streams as Anthropic sends them, event by event. */
type Event = { readonly type: string; readonly [field: string]: unknown }

const written = (events: readonly Event[]): string =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')

export const usageAtStart = {
  input_tokens: 25,
  cache_creation_input_tokens: 100,
  cache_read_input_tokens: 2000,
  cache_creation: { ephemeral_5m_input_tokens: 60, ephemeral_1h_input_tokens: 40 },
  output_tokens: 3,
  service_tier: 'standard',
}

const start: Event = {
  type: 'message_start',
  message: {
    id: 'msg_far',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-6',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: usageAtStart,
  },
}

const delta = (index: number, fields: object): Event => ({ type: 'content_block_delta', index, delta: fields })
const stop = (index: number): Event => ({ type: 'content_block_stop', index })

const toolTurn: readonly Event[] = [
  start,
  { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
  { type: 'ping' },
  delta(0, { type: 'thinking_delta', thinking: 'They want ' }),
  delta(0, { type: 'thinking_delta', thinking: 'the wéather ☔.' }),
  delta(0, { type: 'signature_delta', signature: 'EqQBCgIYAhIM' }),
  stop(0),
  { type: 'content_block_start', index: 1, content_block: { type: 'redacted_thinking', data: 'EmwKAhgB' } },
  stop(1),
  { type: 'content_block_start', index: 2, content_block: { type: 'text', text: '' } },
  delta(2, { type: 'text_delta', text: 'Let me\nsee' }),
  delta(2, { type: 'text_delta', text: ' "message_stop"' }),
  stop(2),
  {
    type: 'content_block_start',
    index: 3,
    content_block: { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} },
  },
  delta(3, { type: 'input_json_delta', partial_json: '' }),
  delta(3, { type: 'input_json_delta', partial_json: '{"city": "B' }),
  delta(3, { type: 'input_json_delta', partial_json: 'ern"}' }),
  stop(3),
  { type: 'content_block_start', index: 4, content_block: { type: 'tool_use', id: 'toolu_2', name: 'now', input: {} } },
  stop(4),
]

const ending = (usage: object, reason = 'tool_use', sequence: string | null = null): readonly Event[] => [
  { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: sequence }, usage },
  { type: 'message_stop' },
]

const overloaded: Event = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }

export const streams = {
  toolTurn: written([
    ...toolTurn,
    ...ending({ output_tokens: 89, output_tokens_details: { thinking_tokens: 30 }, input_tokens: null }),
  ]),
  stopped: written([
    start,
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    delta(0, { type: 'text_delta', text: 'One, two' }),
    stop(0),
    ...ending({ output_tokens: 5 }, 'stop_sequence', 'END'),
  ]),
  broken: written([...toolTurn.slice(0, 5), overloaded]),
  cutOff: written(toolTurn.slice(0, 5)),
  refusedAtOnce: written([overloaded]),
  shortened: written([
    start,
    ...ending(
      {
        input_tokens: 25,
        output_tokens: 9,
        iterations: [
          { type: 'compaction', input_tokens: 5000, output_tokens: 300 },
          { type: 'message', input_tokens: 25, output_tokens: 9 },
          { type: 'advisor_message', input_tokens: 7, output_tokens: 7 },
        ],
      },
      'end_turn',
    ),
  ]),
  handedOn: written([
    start,
    ...ending(
      {
        output_tokens: 9,
        iterations: [
          { type: 'message', input_tokens: 25, output_tokens: 0 },
          { type: 'fallback_message', input_tokens: 25, output_tokens: 9 },
        ],
      },
      'end_turn',
    ),
  ]),
} as const
