import { longestText } from '../longest-text.ts'
import type { WireCall, WireFollower, WireStream } from '../protocol.ts'
import { isRecord, type Fields } from './fields.ts'
import { createStream } from './stream.ts'

const open = 'text'
const thoughts: ReadonlySet<unknown> = new Set(['thinking', 'redacted_thinking'])

/** Of an answer of texts, and of thoughts before them that are told to their end: half of one has no signature, and can never be handed back. */
export function createFollower(): WireFollower {
  let text = ''
  let blocks = 0
  let current: 'text' | 'thoughts' | null = null
  let hasFailed = false
  let isText = true

  const opened = (block: unknown): void => {
    blocks += 1
    const type = isRecord(block) ? block.type : undefined
    current = type === 'text' ? 'text' : thoughts.has(type) ? 'thoughts' : null
    if (current === null) isText = false
    if (isRecord(block) && typeof block.text === 'string') text += block.text
  }

  return {
    event: (_name, data) => {
      const event = parsed(data)
      switch (event.type) {
        case 'content_block_start':
          return opened(event.content_block)
        case 'content_block_delta': {
          const delta = isRecord(event.delta) ? event.delta : {}
          if (isText && typeof delta.text === 'string') text += delta.text
          if (delta.type === 'citations_delta' || text.length > longestText) isText = false
          return
        }
        case 'content_block_stop':
          current = null
          return
        case 'error':
          hasFailed = true
      }
    },
    hasFailed: () => hasFailed,
    followed: () => {
      if (!isText || current === 'thoughts') return null
      const isOpen = current === 'text'
      return { text, open: isOpen ? open : null, stream: (asked) => streamBehind(asked, blocks, isOpen) }
    },
  }
}

/** Told so many blocks, the last of which may be open, so that it counts on from there. */
function streamBehind(asked: WireCall, blocks: number, isOpen: boolean): WireStream {
  const stream = createStream(asked, { id: '', model: asked.model, at: 0 })
  for (let index = 0; index < blocks; index += 1) {
    const id = isOpen && index === blocks - 1 ? open : `${index}`
    stream.push({ type: 'text-delta', id, delta: 'as it went out' })
    if (id !== open) stream.push({ type: 'text-end', id })
  }
  return stream
}

function parsed(data: string): Fields {
  try {
    const value: unknown = JSON.parse(data)
    return isRecord(value) ? value : {}
  } catch {
    return {}
  }
}
