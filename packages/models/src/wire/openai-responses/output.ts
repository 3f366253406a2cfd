import type { ChatPart } from '../../language.ts'
import { openCall, type CallItem } from './call-item.ts'
import type { ItemEvent, ItemStatus, ItemWriter, OutputItem } from './item.ts'
import { messageFrom, openMessage, type BegunMessage, type MessageItem } from './message-item.ts'
import { logprobsFrom, openaiFields, rawLogprobs, type Metadata } from './provider-fields.ts'
import type { ResponsesForm } from './read.ts'
import { openReasoning, type ReasoningItem } from './reasoning-item.ts'

type Open = MessageItem | ReasoningItem | CallItem
type PartOf<T extends ChatPart['type']> = Extract<ChatPart, { readonly type: T }>
type EndStatus = Exclude<ItemStatus, 'in_progress'>

export interface OutputOptions {
  readonly form: ResponsesForm
  /** What the ids of items are made from. */
  readonly seed: string
  readonly emit: (event: ItemEvent) => void
  readonly begun?: BegunOutput | undefined
}

/** What was told of it already: all of its items, and the message that may be open. */
export interface BegunOutput {
  readonly items: readonly OutputItem[]
  readonly message: BegunMessage | null
}

/** By which the message that is open is known to the parts that go on with it. */
export const begunText = 'begun'

/** The parts that belong to an item, but for those that may go on with the one that is held. */
const endsHeld = new Set<ChatPart['type']>([
  'text-delta',
  'text-end',
  'reasoning-delta',
  'reasoning-end',
  'tool-input-start',
  'tool-input-delta',
  'tool-call',
  'file',
])

/** The items of one answer as its parts come. They may interleave, and are told in the order in which they began. */
export class Output {
  readonly #form: ResponsesForm
  readonly #writer: ItemWriter
  readonly #items: OutputItem[]
  readonly #messages = new Map<string, MessageItem>()
  readonly #reasoning = new Map<string, ReasoningItem>()
  readonly #calls = new Map<string, CallItem>()
  readonly #called = new Set<string>()
  /**
   * Ended, and not yet told so: the next part may be a further one of the same item, and only the end of the answer says whether its last
   * item is complete.
   */
  #held: MessageItem | ReasoningItem | undefined
  #messageCount = 0

  constructor({ form, seed, emit, begun }: OutputOptions) {
    this.#form = form
    this.#items = [...(begun?.items ?? [])]
    this.#writer = createWriter(this.#items, seed, emit)
    if (begun?.message == null) return
    this.#messages.set(begunText, messageFrom(this.#writer, begun.message, undefined))
    this.#messageCount = 1
  }

  take(part: ChatPart): void {
    if (endsHeld.has(part.type)) this.#closeHeld()
    switch (part.type) {
      case 'text-start':
        this.#startText(part.id, part.providerMetadata)
        return
      case 'text-delta':
        if (part.delta !== '') (this.#messages.get(part.id) ?? this.#startText(part.id, undefined)).delta(part.delta)
        return
      case 'text-end':
        return this.#endText(part)
      case 'reasoning-start':
        this.#startReasoning(part.id, part.providerMetadata)
        return
      case 'reasoning-delta':
        return this.#reason(part)
      case 'reasoning-end':
        return this.#endReasoning(part)
      case 'tool-input-start':
        return this.#startCall(part)
      case 'tool-input-delta':
        if (part.delta !== '') this.#calls.get(part.id)?.delta(part.delta)
        return
      case 'tool-call':
        return this.#finishCall(part)
      case 'file':
        return this.#addImage(part)
      default:
    }
  }

  /** No more comes. What was not ended gets the status. */
  close(status: EndStatus, ended: Metadata): void {
    const held = this.#held === undefined ? [] : [this.#held]
    const open = [...held, ...this.#messages.values(), ...this.#reasoning.values(), ...this.#calls.values()]
    const message = open.find((item) => item.kind === 'message')
    // They come with the end of the whole answer, and say not which of several texts they are of.
    if (this.#messageCount === 1 && message?.isSingle() === true) this.#tellLogprobs(message, ended)
    for (const item of open.toSorted((a, b) => a.index - b.index)) item.close(status)
    this.#held = undefined
    for (const items of [this.#messages, this.#reasoning, this.#calls]) items.clear()
  }

  /** As far as they have come. */
  items(): readonly OutputItem[] {
    const open: readonly Open[] = [...this.#messages.values(), ...this.#reasoning.values(), ...this.#calls.values()]
    for (const item of open) this.#items[item.index] = item.snapshot('incomplete')
    if (this.#held !== undefined) this.#items[this.#held.index] = this.#held.snapshot('completed')
    return this.#items
  }

  #closeHeld(): void {
    this.#held?.close('completed')
    this.#held = undefined
  }

  /** The held item, where a part of this kind and item goes on with it. */
  #resume<K extends 'message' | 'reasoning'>(kind: K, sourceId: string | undefined) {
    const held = this.#held
    if (held?.kind !== kind || sourceId === undefined || held.sourceId !== sourceId) {
      this.#closeHeld()
      return undefined
    }
    this.#held = undefined
    held.startPart()
    return held as Extract<Open, { readonly kind: K }>
  }

  #startText(id: string, metadata: Metadata): MessageItem {
    let item = this.#resume('message', openaiFields(metadata).itemId)
    if (item === undefined) {
      item = openMessage(this.#writer, metadata)
      this.#messageCount += 1
    }
    this.#messages.set(id, item)
    return item
  }

  #endText({ id, citations, providerMetadata }: PartOf<'text-end'>): void {
    const item = this.#messages.get(id)
    if (item === undefined) return
    if (citations !== undefined) item.cite(citations)
    this.#tellLogprobs(item, providerMetadata)
    this.#messages.delete(id)
    this.#held = item
  }

  #tellLogprobs(item: MessageItem, metadata: Metadata): void {
    if (this.#form.topLogprobs === undefined) return
    const tokens = rawLogprobs(metadata).flat()
    if (tokens.length > 0) item.setLogprobs(logprobsFrom(tokens, this.#form.topLogprobs))
  }

  #startReasoning(id: string, metadata: Metadata): ReasoningItem {
    const item = this.#resume('reasoning', openaiFields(metadata).itemId) ?? openReasoning(this.#writer, metadata)
    item.learn(metadata)
    this.#reasoning.set(id, item)
    return item
  }

  #reason({ id, delta, providerMetadata }: PartOf<'reasoning-delta'>): void {
    const item = this.#reasoning.get(id) ?? this.#startReasoning(id, providerMetadata)
    item.learn(providerMetadata)
    if (delta !== '') item.delta(delta)
  }

  #endReasoning({ id, providerMetadata }: PartOf<'reasoning-end'>): void {
    const item = this.#reasoning.get(id)
    if (item === undefined) return
    item.conclude(providerMetadata)
    this.#reasoning.delete(id)
    this.#held = item
  }

  /** A call that the provider answers itself is none for the client. */
  #startCall({ id, toolName: name, ...part }: Omit<PartOf<'tool-input-start'>, 'type'>): void {
    if (this.#called.has(id)) return
    this.#called.add(id)
    if (part.providerExecuted === true) return
    const isCustom = this.#form.customTools.includes(name)
    const isShown = !isCustom || part.inputEncoding === 'text'
    this.#calls.set(id, openCall(this.#writer, { callId: id, name, isCustom, isShown }))
  }

  #finishCall({ toolCallId: id, toolName, input, providerExecuted = false }: PartOf<'tool-call'>): void {
    this.#startCall({ id, toolName, providerExecuted })
    this.#calls.get(id)?.finish(input)
    this.#calls.delete(id)
  }

  /** A picture has an item of its own, which OpenAI's tool for pictures fills. */
  #addImage({ mediaType, data }: PartOf<'file'>): void {
    if (!mediaType.startsWith('image/') || data.type !== 'data') return
    const item = {
      type: 'image_generation_call',
      id: this.#writer.newId('ig'),
      output_format: mediaType.slice('image/'.length),
    } as const
    const index = this.#writer.add({ ...item, result: '', status: 'in_progress' })
    const result = typeof data.data === 'string' ? data.data : Buffer.from(data.data).toString('base64')
    this.#writer.done(index, { ...item, result, status: 'completed' })
  }
}

function createWriter(items: OutputItem[], seed: string, emit: (event: ItemEvent) => void): ItemWriter {
  const ids = new Set(items.map(({ id }) => id))
  return {
    newId: (prefix, wanted) => {
      const isFree = wanted !== undefined && !ids.has(wanted)
      const id = isFree ? wanted : `${prefix}_${seed}_${items.length}`
      ids.add(id)
      return id
    },
    add: (item) => {
      const output_index = items.push(item) - 1
      emit({ type: 'response.output_item.added', output_index, item })
      return output_index
    },
    emit,
    done: (output_index, item) => {
      items[output_index] = item
      emit({ type: 'response.output_item.done', output_index, item })
    },
  }
}
