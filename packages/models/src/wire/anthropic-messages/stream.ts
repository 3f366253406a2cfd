import type { ChatPart, JSONObject, Usage } from '../../language.ts'
import type { AnswerFacts, WireCall, WireFailure, WireStream } from '../protocol.ts'
import { sseEvent } from '../sse/writer.ts'
import { errorOf, type AnthropicError } from './errors.ts'
import { isRecord } from './fields.ts'
import { createSequence, type Sequence } from './sequence.ts'
import { writeStop } from './stop.ts'
import { createToolCalls } from './tool-calls.ts'
import { readUsage, writeUsage } from './usage.ts'
import { shownOf, type Shown } from './thinking.ts'
import { citationsOf, isThoughtShown, messageOf, redactedBlock, signed, textBlock, thinkingBlock } from './whole.ts'

type Part<T extends ChatPart['type']> = Extract<ChatPart, { readonly type: T }>

const write = (type: string, fields: JSONObject): string => sseEvent(JSON.stringify({ type, ...fields }), type)

const nothing: Usage = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: undefined, reasoning: undefined },
}

export function createStream(asked: WireCall, facts: AnswerFacts): WireStream {
  const blocks = createSequence(write)
  const tools = createToolCalls(blocks)
  const thoughts = createThoughts(blocks, shownOf(asked))
  let usage = nothing
  let isBegun = false
  let isOver = false
  let finish: Part<'finish'> | undefined

  /** Nothing is sent before there is something of the answer: until then another provider can be asked. */
  const begun = (events: string): string => {
    if (events === '' || isBegun) return events
    isBegun = true
    const message = messageOf(facts, writeUsage(usage))
    return write('message_start', { message }) + write('ping', {}) + events
  }

  const body = (part: ChatPart): string => {
    switch (part.type) {
      case 'text-delta':
        return part.delta === '' ? '' : said(blocks, `text ${part.id}`, part.delta)
      case 'text-end':
        return cited(blocks, `text ${part.id}`, part)
      case 'reasoning-start':
      case 'reasoning-delta':
      case 'reasoning-end':
        return thoughts.push(part)
      case 'tool-input-start':
      case 'tool-input-delta':
      case 'tool-input-end':
      case 'tool-call':
        return tools.push(part)
      default:
        return ''
    }
  }

  const broken = (error: Pick<AnthropicError, 'type' | 'message'>): string => {
    isOver = true
    return write('error', { error: { type: error.type, message: error.message } })
  }

  return {
    push: (part) => {
      if (isOver) return ''
      if (part.type === 'finish') finish = part
      if (part.type === 'ping') return isBegun ? write('ping', {}) : ''
      if (part.type === 'custom' && part.kind === 'anthropic.message_start') {
        thoughts.areOfAnthropic()
        const told = part.providerMetadata?.anthropic?.usage
        if (isRecord(told)) usage = readUsage(told)
      }
      return begun(body(part))
    },
    end: () => {
      if (isOver) return ''
      if (finish === undefined || isBroken(finish))
        return broken({ type: 'api_error', message: 'The answer broke off.' })
      isOver = true
      const delta = { ...writeStop(finish.finishReason, finish.providerMetadata, tools.any()), container: null }
      const { cache_creation: _, ...counted } = writeUsage(finish.usage)
      return begun(blocks.end() + write('message_delta', { delta, usage: counted }) + write('message_stop', {}))
    },
    fail: (failure: WireFailure) => (isOver ? '' : broken(errorOf(failure))),
  }
}

const isBroken = ({ finishReason: { unified } }: Part<'finish'>): boolean =>
  unified === 'error' || unified === 'interrupted'

/** A block is opened by its first words: an empty one would be refused when the client hands it back. */
function said(blocks: Sequence, key: string, text: string): string {
  const opened = blocks.has(key) ? '' : blocks.open(key, textBlock(''), true)
  return opened + blocks.add(key, { type: 'text_delta', text })
}

function cited(blocks: Sequence, key: string, part: Part<'text-end'>): string {
  const citations = citationsOf(part) ?? []
  return (
    citations.map((citation) => blocks.add(key, { type: 'citations_delta', citation })).join('') + blocks.close(key)
  )
}

interface Thoughts {
  areOfAnthropic(): void
  push(part: Part<'reasoning-start' | 'reasoning-delta' | 'reasoning-end'>): string
}

function createThoughts(blocks: Sequence, shown: Shown): Thoughts {
  let isOfAnthropic = false

  const told = (key: string, words: string, signature: string | undefined): string => {
    const isSaid = words !== '' && isThoughtShown(shown, isOfAnthropic)
    if (!isSaid && signature === undefined) return ''
    let events = blocks.has(key) ? '' : blocks.open(key, thinkingBlock('', ''), true)
    if (isSaid) events += blocks.add(key, { type: 'thinking_delta', thinking: words })
    if (signature !== undefined) events += blocks.add(key, { type: 'signature_delta', signature })
    return events
  }

  return {
    areOfAnthropic: () => {
      isOfAnthropic = true
    },
    push: (part) => {
      const key = `thought ${part.id}`
      const { signature, redactedData } = signed(part.providerMetadata)
      if (redactedData !== undefined) return blocks.open(key, redactedBlock(redactedData), true) + blocks.close(key)
      const events = told(key, part.type === 'reasoning-delta' ? part.delta : '', signature)
      return part.type === 'reasoning-end' ? events + blocks.close(key) : events
    },
  }
}
