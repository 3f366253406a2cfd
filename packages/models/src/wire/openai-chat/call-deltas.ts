import type { ChatPart } from '../../language.ts'

type Of<T extends ChatPart['type']> = Extract<ChatPart, { type: T }>

interface Call {
  readonly index: number
  /** Whether something of its arguments went out. */
  hasArguments: boolean
}

/** The tool calls of one streamed answer, as deltas. What was sent in pieces is not sent again when the whole call comes. */
export interface CallDeltas {
  any(): boolean
  start(part: Of<'tool-input-start'>): readonly object[]
  piece(part: Of<'tool-input-delta'>): readonly object[]
  whole(part: Of<'tool-call'>): readonly object[]
  /** What is left to say when the answer ends. */
  end(): readonly object[]
}

/** `function_call`: the older form, in which there is one call and it has no id. */
export function createCallDeltas(form: 'tool_calls' | 'function_call'): CallDeltas {
  const calls = new Map<string, Call>()
  const delta = form === 'tool_calls' ? toolCall : functionCall

  const open = (id: string, name: string, input: string): readonly object[] => {
    const call = { index: calls.size, hasArguments: input !== '' }
    calls.set(id, call)
    return delta(call.index, input, { id, name })
  }
  const more = (call: Call | undefined, input: string): readonly object[] => {
    if (call === undefined || input === '') return []
    call.hasArguments = true
    return delta(call.index, input)
  }

  return {
    any: () => calls.size > 0,
    // Pieces that are text are not yet what arguments are, which is JSON: such a call goes out when it is whole.
    start: ({ id, toolName, providerExecuted, inputEncoding }) =>
      providerExecuted === true || inputEncoding === 'text' || calls.has(id) ? [] : open(id, toolName, ''),
    piece: (part) => more(calls.get(part.id), part.delta),
    whole: ({ toolCallId: id, toolName, input, providerExecuted }) => {
      if (providerExecuted === true) return []
      const call = calls.get(id)
      if (call === undefined) return open(id, toolName, input)
      return call.hasArguments ? [] : more(call, input)
    },
    // Clients parse the arguments, also those of a call that takes none.
    end: () => [...calls.values()].flatMap((call) => (call.hasArguments ? [] : more(call, '{}'))),
  }
}

interface Opening {
  readonly id: string
  readonly name: string
}

function toolCall(index: number, input: string, opening?: Opening): readonly object[] {
  const call =
    opening === undefined
      ? { index, function: { arguments: input } }
      : { index, id: opening.id, type: 'function', function: { name: opening.name, arguments: input } }
  return [{ tool_calls: [call] }]
}

function functionCall(index: number, input: string, opening?: Opening): readonly object[] {
  if (index > 0) return []
  const name = opening === undefined ? {} : { name: opening.name }
  return [{ function_call: { ...name, arguments: input } }]
}
