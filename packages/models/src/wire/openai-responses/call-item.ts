import type { ItemStatus, ItemWriter, OpenItem, OutputItem } from './item.ts'

export interface CallItem extends OpenItem {
  readonly kind: 'call'
  delta(text: string): void
  /** `input` is JSON, as the AI SDK has it, that of a custom tool too. */
  finish(input: string): void
}

export interface CallStart {
  readonly callId: string
  readonly name: string
  /** Whether its tool takes text instead of JSON. */
  readonly isCustom: boolean
  /** Whether the deltas are what is shown, and not JSON of it. */
  readonly isShown: boolean
}

/** The two kinds of calls differ in their words alone. */
const words = {
  function: { prefix: 'fc', event: 'response.function_call_arguments', field: 'arguments' },
  custom: { prefix: 'ctc', event: 'response.custom_tool_call_input', field: 'input' },
} as const

export function openCall(writer: ItemWriter, { callId, name, isCustom, isShown }: CallStart): CallItem {
  const { prefix, event, field } = words[isCustom ? 'custom' : 'function']
  const id = writer.newId(prefix)
  let shown = ''
  const item = (value: string, status: ItemStatus): OutputItem =>
    isCustom
      ? { type: 'custom_tool_call', id, call_id: callId, name, input: value, status }
      : { type: 'function_call', id, call_id: callId, name, arguments: value, status }
  const index = writer.add(item('', 'in_progress'))
  const place = { item_id: id, output_index: index }
  const show = (delta: string): void => {
    shown += delta
    writer.emit({ type: `${event}.delta`, ...place, delta })
  }
  const end = (value: string, status: 'completed' | 'incomplete'): void => {
    writer.emit({ type: `${event}.done`, ...place, [field]: value })
    writer.done(index, item(value, status))
  }
  return {
    kind: 'call',
    index,
    snapshot: (status) => item(shown, status),
    delta: (delta) => {
      if (isShown) show(delta)
    },
    finish: (input) => {
      const value = isCustom ? textOf(input) : input || '{}'
      if (shown === '' && value !== '') show(value)
      end(value, 'completed')
    },
    // Its arguments never came to their end, whatever became of the answer.
    close: () => end(shown, 'incomplete'),
  }
}

function textOf(input: string): string {
  try {
    const value: unknown = JSON.parse(input)
    return typeof value === 'string' ? value : input
  } catch {
    return input
  }
}
