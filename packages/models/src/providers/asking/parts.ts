import { ModelError, type ModelFailure } from '../../failure.ts'
import type { ChatPart } from '../../language.ts'

const brokenOff = new ModelError({ type: 'lost', detail: 'the answer broke off' })
const givenUp = new ModelError({ type: 'away', detail: 'it gave the answer up' })

/** Turns a part into those that the gateway is told of. */
export type Adapt = (part: ChatPart) => readonly ChatPart[]

export interface PartsOptions {
  readonly stream: ReadableStream<ChatPart>
  readonly adapt: Adapt
  /** Calls of tools are told when the whole answer is known to have come: see `providers/openai`. */
  readonly holdsCalls: boolean
  readonly tellsRaw: boolean
  /** Also what was made here may mean something else to whoever knows that nobody waits any more. */
  readonly failureOf: (error: unknown) => ModelFailure
}

/**
 * The parts of an answer with a certain end: the last is `finish`, or `error` with a `ModelError`, and nothing comes behind either. What
 * the packages of the providers do instead: go on behind an error, end without a word, or finish an answer that broke off as
 * `interrupted`.
 */
export class Parts {
  readonly #options: PartsOptions
  readonly #reader: ReadableStreamDefaultReader<ChatPart>
  readonly #waiting: ChatPart[] = []
  readonly #held: ChatPart[] = []
  #over: 'finished' | 'failed' | null = null

  constructor(options: PartsOptions) {
    this.#options = options
    this.#reader = options.stream.getReader()
  }

  get over(): 'finished' | 'failed' | null {
    return this.#waiting.length > 0 ? null : this.#over
  }

  /** Null behind the last. Never rejects. */
  async next(): Promise<ChatPart | null> {
    while (this.#waiting.length === 0 && this.#over === null) {
      try {
        const { done, value } = await this.#reader.read()
        if (done) this.#fail(brokenOff)
        else this.#take(value)
      } catch (error) {
        this.#fail(error)
      }
    }
    return this.#waiting.shift() ?? null
  }

  /** Reads on without telling of it until the connection is free. */
  async drain(): Promise<void> {
    try {
      for (let ended = false; !ended;) ended = (await this.#reader.read()).done
    } catch {
      // The answer is complete, whatever becomes of the connection behind it.
    }
  }

  #fail(error: unknown): void {
    this.#over = 'failed'
    this.#waiting.push({ type: 'error', error: new ModelError(this.#options.failureOf(error)) })
  }

  #take(part: ChatPart): void {
    switch (part.type) {
      case 'error':
        return this.#fail(part.error)
      case 'finish':
        return this.#finish(part)
      default:
        for (const one of this.#options.adapt(part)) this.#tell(one)
    }
  }

  #finish(part: Extract<ChatPart, { type: 'finish' }>): void {
    const { unified, raw } = part.finishReason
    if (unified === 'interrupted') return this.#fail(brokenOff)
    if (unified === 'error' && (raw === undefined || raw === 'error')) return this.#fail(givenUp)
    this.#waiting.push(...this.#held, ...this.#options.adapt(part))
    this.#over = 'finished'
  }

  #tell(part: ChatPart): void {
    if (part.type === 'raw' && !this.#options.tellsRaw) return
    const isCall = part.type === 'tool-call' || part.type === 'tool-input-end'
    if (isCall && this.#options.holdsCalls) this.#held.push(part)
    else this.#waiting.push(part)
  }
}

const quiet: ReadonlySet<ChatPart['type']> = new Set([
  'stream-start',
  'response-metadata',
  'raw',
  'ping',
  'text-start',
  'reasoning-start',
])

/** Whether an answer has begun with this part: what comes before it says nothing that anyone waits for. */
export function isOutput(part: ChatPart): boolean {
  if (part.type === 'custom') return part.kind !== 'anthropic.message_start'
  return quiet.has(part.type) ? false : !('delta' in part && part.delta === '')
}
