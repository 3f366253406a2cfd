import type { ModelFailure } from '../../failure.ts'
import type { Metered, WireMeter } from '../protocol.ts'
import { garbled } from '../sse/garbled.ts'
import { createSseReader, type SseReader } from '../sse/reader.ts'
import { sseEvent } from '../sse/writer.ts'
import { readError } from './errors.ts'
import { isRecord, type Fields } from './fields.ts'
import { readUsage } from './usage.ts'

const lastWord = sseEvent('{"type":"message_stop"}', 'message_stop')

export function createMeter(): WireMeter {
  let usage: Fields | undefined
  let finish: string | undefined
  let error: ModelFailure | undefined
  let ended = false
  let began = false
  let isGarbled = false
  /** Made with the first piece of a stream. */
  let reader: SseReader | undefined

  const counted = (more: unknown): void => {
    if (!isRecord(more)) return
    // A later event says null of what it has nothing new to say of.
    usage = { ...usage, ...Object.fromEntries(Object.entries(more).filter(([, value]) => value !== null)) }
  }

  const stopped = (place: unknown): void => {
    if (isRecord(place) && typeof place.stop_reason === 'string') finish = place.stop_reason.slice(0, 100)
  }

  /** What is text, and that is nearly all, is never parsed. */
  const onEvent = (event: string, data: string): void => {
    switch (event) {
      case 'content_block_delta':
      case 'content_block_start':
        began = true
        break
      case 'message_start': {
        const { message } = parse(data)
        stopped(message)
        if (isRecord(message)) counted(message.usage)
        break
      }
      case 'message_delta': {
        const { delta, usage: more } = parse(data)
        stopped(delta)
        counted(more)
        break
      }
      case 'message_stop':
        ended = true
        break
      case 'error':
        error ??= readError(parse(data))
    }
  }

  const makeReader = (): SseReader =>
    createSseReader((event, data) => {
      if (event !== 'error' && garbled(data.trimEnd())) isGarbled = true
      onEvent(event ?? String(parse(data).type), data)
    })

  return {
    push: (chunk) => (reader ??= makeReader()).push(chunk),
    isGarbled: () => isGarbled,
    whole: (body) => {
      const answer = parse(body.toString())
      if (answer.type === 'error') error = readError(answer)
      counted(answer.usage)
      stopped(answer)
      ended = answer.type === 'message' && finish !== undefined
      began = Array.isArray(answer.content) && answer.content.length > 0
      return read()
    },
    read,
    lacks: () => (finish === undefined || error !== undefined ? null : ended ? '' : lastWord),
  }

  function read(): Metered {
    return { usage: usage === undefined ? undefined : readUsage(usage), finish, ended, began, error }
  }
}

/** Empty where it is no object. */
function parse(json: string): Fields {
  try {
    const value: unknown = JSON.parse(json)
    return isRecord(value) ? value : {}
  } catch {
    return {}
  }
}
