import type { ChatPart } from '../../language.ts'
import type { Sequence } from './sequence.ts'
import { inputOf, toolUseBlock } from './whole.ts'

type ToolPart = Extract<
  ChatPart,
  { readonly type: 'tool-input-start' | 'tool-input-delta' | 'tool-input-end' | 'tool-call' }
>

export interface ToolCalls {
  push(part: ToolPart): string
  /** Whether the client was told to call any. */
  any(): boolean
}

/**
 * `aside`: none of the client's business. `empty`: no argument of it has come yet. `whole`: its arguments do not come as JSON, and
 * are taken from the call.
 */
type State = 'aside' | 'empty' | 'whole' | 'streamed' | 'done'

/** A call's arguments come in pieces and again with the call; the client is told them once. */
export function createToolCalls(blocks: Sequence): ToolCalls {
  const states = new Map<string, State>()
  let isAny = false

  const open = (id: string, name: string, state: State): string => {
    isAny = true
    states.set(id, state)
    return blocks.open(keyOf(id), toolUseBlock(id, name, {}), false)
  }

  const add = (id: string, json: string): string =>
    blocks.add(keyOf(id), { type: 'input_json_delta', partial_json: json })

  const close = (id: string): string => {
    states.set(id, 'done')
    return blocks.close(keyOf(id))
  }

  const call = (part: Extract<ToolPart, { readonly type: 'tool-call' }>): string => {
    const { toolCallId: id } = part
    const state = states.get(id)
    if (state === 'aside' || part.providerExecuted === true) return ''
    if (state === 'streamed') return close(id)
    const opened = state === undefined ? open(id, part.toolName, 'empty') : ''
    const json = JSON.stringify(inputOf(part.input))
    return opened + (json === '{}' ? '' : add(id, json)) + close(id)
  }

  return {
    any: () => isAny,
    push: (part) => {
      if (part.type === 'tool-call') return call(part)
      const state = states.get(part.id)
      switch (part.type) {
        case 'tool-input-start':
          if (state !== undefined) return ''
          if (part.providerExecuted !== true)
            return open(part.id, part.toolName, part.inputEncoding === 'text' ? 'whole' : 'empty')
          states.set(part.id, 'aside')
          return ''
        case 'tool-input-delta':
          if (part.delta === '' || (state !== 'empty' && state !== 'streamed')) return ''
          states.set(part.id, 'streamed')
          return add(part.id, part.delta)
        case 'tool-input-end':
          // Where nothing has come, the call that follows may have it all.
          return state === 'streamed' ? close(part.id) : ''
      }
    },
  }
}

const keyOf = (id: string): string => `tool ${id}`
