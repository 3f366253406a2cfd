import type { JSONObject } from '../../language.ts'

/** Blocks one after the other, with their numbers. What is returned are the events to send, empty where there is nothing to say yet. */
export interface Sequence {
  has(key: string): boolean
  /** `canSplit`: whether what follows may as well be a block of its own, so that it need not be waited for. */
  open(key: string, block: JSONObject, canSplit: boolean): string
  add(key: string, delta: JSONObject): string
  close(key: string): string
  /** Closes what is open, in order. */
  end(): string
}

interface Block {
  readonly key: string
  readonly start: JSONObject
  readonly canSplit: boolean
  readonly waiting: JSONObject[]
  /** Of what is kept of it until it is its turn. */
  size: number
  isDone: boolean
  next: Block | undefined
}

/** A provider that ends no block would otherwise have all that follows kept in memory. In characters. */
const mostKept = 4_194_304

/**
 * The blocks of a neutral stream may run side by side; those of this protocol cannot. Of several that are open, the first is told as
 * it comes. Text or thoughts end when another block begins, and what still comes of them is a block of its own; arguments of a
 * tool are told to their end, and what comes meanwhile is kept until then.
 */
export function createSequence(write: (type: string, fields: JSONObject) => string): Sequence {
  const open = new Map<string, Block>()
  // A chain: to take the first from a long list costs as much as the list is long.
  let first: Block | undefined
  let last: Block | undefined
  let index = 0
  let kept = 0

  const start = (block: Block): string => {
    kept -= block.size
    const said = block.waiting.map((delta) => write('content_block_delta', { index, delta }))
    return write('content_block_start', { index, content_block: block.start }) + said.join('')
  }

  const keep = (block: Block, more: JSONObject): void => {
    const size = sizeOf(more)
    block.size += size
    kept += size
  }

  const finish = (block: Block): void => {
    block.isDone = true
    // Another one may have begun under the same key.
    if (open.get(block.key) === block) open.delete(block.key)
  }

  const mayEnd = ({ isDone, canSplit, next }: Block): boolean =>
    isDone || (canSplit && next !== undefined) || kept > mostKept

  /** Closes the first while it may be, and tells the one behind it. */
  const advance = (): string => {
    let events = ''
    while (first !== undefined && mayEnd(first)) {
      finish(first)
      events += write('content_block_stop', { index })
      index += 1
      first = first.next
      if (first !== undefined) events += start(first)
    }
    return events
  }

  return {
    has: (key) => open.has(key),
    open: (key, content, canSplit) => {
      const block: Block = { key, start: content, canSplit, waiting: [], size: 0, isDone: false, next: undefined }
      open.set(key, block)
      keep(block, content)
      if (first === undefined) {
        first = last = block
        return start(block)
      }
      if (last !== undefined) last.next = block
      last = block
      return advance()
    },
    add: (key, delta) => {
      const block = open.get(key)
      if (block === undefined) return ''
      if (block === first) return write('content_block_delta', { index, delta })
      block.waiting.push(delta)
      keep(block, delta)
      return advance()
    },
    close: (key) => {
      const block = open.get(key)
      if (block === undefined) return ''
      finish(block)
      return advance()
    },
    end: () => {
      for (const block of open.values()) finish(block)
      return advance()
    },
  }
}

/** With something for the object itself, as they may be many and small. */
function sizeOf(delta: JSONObject): number {
  let size = 64
  for (const value of Object.values(delta)) if (typeof value === 'string') size += value.length
  return size
}
