import { longestText } from '../longest-text.ts'
import type { WireCall, WireFollower, WireStream } from '../protocol.ts'
import type { OutputItem } from './item.ts'
import type { BegunMessage } from './message-item.ts'
import { begunText } from './output.ts'
import { writeStream } from './stream.ts'

type Fields = Readonly<Record<string, unknown>>

interface Message {
  readonly id: string
  readonly index: number
  readonly phase: string | undefined
  readonly texts: string[]
  last: BegunMessage['last']
}

/** Of an answer of messages, and of thoughts before them that are told to their end. */
export function createFollower(): WireFollower {
  const items: OutputItem[] = []
  let response: Fields = {}
  let sequence = 0
  let text = ''
  let message: Message | null = null
  let isThinking = false
  let hasFailed = false
  let isText = true

  const added = (item: Fields, index: number): void => {
    items[index] = item as unknown as OutputItem
    if (item['type'] === 'reasoning') isThinking = true
    else if (item['type'] === 'message' && message === null && typeof item['id'] === 'string') {
      const { id, phase } = item as { readonly id: string; readonly phase?: unknown }
      message = { id, index, phase: typeof phase === 'string' ? phase : undefined, texts: [], last: 'ended' }
    } else isText = false
  }

  const done = (item: Fields, index: number): void => {
    items[index] = item as unknown as OutputItem
    if (item['type'] === 'reasoning') isThinking = false
    else if (message?.index === index) message = null
  }

  const partAdded = (part: Fields): void => {
    if (part['type'] !== 'output_text' || message === null) isText = false
    else {
      message.texts.push('')
      message.last = 'open'
    }
  }

  const said = (delta: unknown): void => {
    if (!isText) return
    if (message === null || message.last !== 'open' || typeof delta !== 'string') return void (isText = false)
    const last = message.texts.length - 1
    message.texts[last] = `${message.texts[last]}${delta}`
    text += delta
    if (text.length > longestText) isText = false
  }

  const take = (type: string, event: Fields): void => {
    const index = Number(event['output_index'])
    switch (type) {
      case 'response.created':
        response = fieldsOf(event['response'])
        return
      case 'response.output_item.added':
        return added(fieldsOf(event['item']), index)
      case 'response.output_item.done':
        return done(fieldsOf(event['item']), index)
      case 'response.content_part.added':
        // Thoughts that are shown as they are have parts too.
        return isThinking ? undefined : partAdded(fieldsOf(event['part']))
      case 'response.output_text.delta':
        return said(event['delta'])
      case 'response.output_text.annotation.added':
        isText = false
        return
      case 'response.output_text.done':
        if (message !== null) message.last = 'told'
        return
      case 'response.content_part.done':
        if (message !== null) message.last = 'ended'
        return
      case 'response.failed':
      case 'error':
        hasFailed = true
        return
      default:
        // An error in a form of its own.
        if (event['error'] != null) hasFailed = true
    }
  }

  return {
    event: (name, data) => {
      const event = parsed(data)
      const { type, sequence_number: number } = event
      take(typeof type === 'string' ? type : (name ?? ''), event)
      if (!hasFailed) sequence = typeof number === 'number' ? number + 1 : sequence + 1
    },
    hasFailed: () => hasFailed,
    followed: () => {
      if (!isText || isThinking || typeof response['id'] !== 'string') return null
      const begun = { items, message, sequence }
      return {
        text,
        open: message === null ? null : begunText,
        stream: (asked) => streamBehind(asked, response, begun),
      }
    },
  }
}

function streamBehind(
  asked: WireCall,
  { id, model, created_at: at }: Fields,
  begun: NonNullable<Parameters<typeof writeStream>[2]>,
): WireStream {
  const facts = {
    id: String(id),
    model: typeof model === 'string' ? model : asked.model,
    at: typeof at === 'number' ? at * 1000 : 0,
  }
  return writeStream(asked, facts, begun)
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

function parsed(data: string): Fields {
  try {
    return fieldsOf(JSON.parse(data))
  } catch {
    return {}
  }
}
