import { estimateTextTokens } from '../../catalog/text-tokens.ts'
import type { ChatPart, FinishReason, Usage } from '../../language.ts'
import { longestText } from '../../wire/longest-text.ts'
import type { Followed } from '../../wire/protocol.ts'
import { finishIn } from './finish-in.ts'
import { Seam } from './seam.ts'
import { usageOfAll } from './usages.ts'

type Part<T extends ChatPart['type']> = Extract<ChatPart, { readonly type: T }>

const quiet: ReadonlySet<ChatPart['type']> = new Set(['stream-start', 'response-metadata', 'ping', 'custom'])

/**
 * An answer that several models tell, one after the other, as if it were one. It is given the parts of each as they come, and says what
 * the client is to be told.
 */
export class Telling {
  #text = ''
  /** The text that is not closed yet, as the client’s stream knows it. */
  #open: string | null = null
  /** Thoughts that have not come to their end. */
  readonly #thoughts = new Set<string>()
  #isText = true
  /** How many have begun to tell. */
  #number = 0
  #seam: Seam | null = null
  /** Length of the text when it did. */
  #began = 0
  /** Of its texts the one that it tells. */
  #current = ''
  /** A text’s end waits: where the model is lost behind it, the next one goes on with the same. */
  #ending: Part<'text-end'> | null = null
  /** The texts of the model that tells now, by what the client’s stream knows them by. */
  readonly #names = new Map<string, string>()
  #finish: FinishReason | undefined
  readonly #lost: Usage[] = []

  /** Of one that went out as it came. */
  static of({ text, open }: Followed): Telling {
    const telling = new Telling()
    telling.#text = text
    telling.#open = open
    telling.#number = 1
    return telling
  }

  get text(): string {
    return this.#text
  }

  /** Whether another model can go on. `withinThoughts`: whether half a thought is as good as none. */
  canGoOn(withinThoughts: boolean): boolean {
    return this.#isText && (withinThoughts || this.#thoughts.size === 0)
  }

  /** The next one tells. `prefilled`: it was handed the text as the beginning of its answer. */
  begin(prefilled: boolean): void {
    this.#number += 1
    this.#began = this.#text.length
    this.#ending = null
    this.#finish = undefined
    this.#names.clear()
    if (this.#number > 1) this.#seam = new Seam({ said: this.#text, prefilled })
  }

  /** What was lost is counted with what is told at the end. */
  lose(usage: Usage): void {
    this.#lost.push(usage)
  }

  take(part: ChatPart): readonly ChatPart[] {
    switch (part.type) {
      case 'raw':
        this.#finish = finishIn(part.rawValue) ?? this.#finish
        return []
      case 'text-start':
        return this.#isFirst ? [...this.#ended(), this.#started(part)] : []
      case 'text-delta':
        return this.#said(part)
      case 'text-end':
        return this.#textEnd(part)
      case 'reasoning-start':
      case 'reasoning-delta':
      case 'reasoning-end':
        return this.#thought(part)
      case 'finish':
        return [...this.#rest(), { ...part, usage: usageOfAll([...this.#lost, part.usage]) }]
      default:
        if (quiet.has(part.type)) return this.#isFirst ? [part] : []
        this.#isText = false
        return [...this.#rest(), part]
    }
  }

  /** The end of an answer that was complete when its connection was lost; null: it was not. */
  complete(prompt: number): readonly ChatPart[] | null {
    if (this.#finish === undefined || !this.#isText) return null
    return this.take({ type: 'finish', finishReason: this.#finish, usage: this.estimated(undefined, prompt) })
  }

  /** What the one that tells has taken so far, at least: as it was told, and else by the text. */
  estimated(told: Usage | undefined, prompt: number): Usage {
    const output = Math.max(told?.outputTokens.total ?? 0, estimateTextTokens(this.#text.slice(this.#began)))
    return {
      inputTokens: told?.inputTokens ?? { total: prompt, noCache: prompt, cacheRead: 0, cacheWrite: undefined },
      outputTokens: { total: output, text: undefined, reasoning: told?.outputTokens.reasoning },
    }
  }

  get #isFirst(): boolean {
    return this.#number <= 1
  }

  #started(part: Part<'text-start'>): Part<'text-start'> {
    this.#open = part.id
    return part
  }

  #said(part: Part<'text-delta'>): readonly ChatPart[] {
    if (!this.#isFirst) {
      this.#current = part.id
      return this.#tell(part.id, this.#seam?.push(part.delta) ?? part.delta)
    }
    const before = this.#ended()
    this.#open ??= part.id
    this.#keep(part.delta)
    return [...before, part]
  }

  #keep(text: string): void {
    if (this.#isText) this.#text += text
    if (this.#text.length > longestText) this.#isText = false
  }

  /** Of a later model, in the text that is open; in one of its own where none is. */
  #tell(id: string, text: string): readonly ChatPart[] {
    if (text === '') return []
    const parts: ChatPart[] = []
    let name = this.#names.get(id)
    if (name === undefined) {
      parts.push(...this.#ended())
      name = this.#open ?? `${this.#number}.${id}`
      this.#names.set(id, name)
      if (this.#open === null) parts.push({ type: 'text-start', id: name })
      this.#open = name
    }
    this.#keep(text)
    return [...parts, { type: 'text-delta', id: name, delta: text }]
  }

  #textEnd(part: Part<'text-end'>): readonly ChatPart[] {
    if (part.citations !== undefined && part.citations.length > 0) this.#isText = false
    if (this.#isFirst) {
      const before = this.#ended()
      this.#ending = part
      return before
    }
    const parts = this.#tell(part.id, this.#seam?.end() ?? '')
    const name = this.#names.get(part.id)
    if (name !== undefined) this.#ending = { ...part, id: name }
    return parts
  }

  /** What a later model thinks would stand behind the text that it goes on with. */
  #thought(part: Part<'reasoning-start' | 'reasoning-delta' | 'reasoning-end'>): readonly ChatPart[] {
    if (!this.#isFirst) return []
    if (part.type === 'reasoning-end') this.#thoughts.delete(part.id)
    else this.#thoughts.add(part.id)
    return [...this.#ended(), part]
  }

  #ended(): readonly ChatPart[] {
    const ending = this.#ending
    if (ending === null) return []
    this.#ending = null
    this.#open = null
    return [ending]
  }

  /** All that is held back. */
  #rest(): readonly ChatPart[] {
    const held = this.#isFirst ? [] : this.#tell(this.#current, this.#seam?.end() ?? '')
    return [...held, ...this.#ended()]
  }
}
