import type { Exchange } from '../gateway/exchange.ts'
import type { Tried } from '../gateway/tried.ts'
import type { Trying } from '../gateway/trying.ts'
import type { BatchBounds } from '../provider.ts'
import { failAll, partOut } from './answers.ts'
import { GatheringSink } from './gathering-sink.ts'
import { hasLeft, tokensOf, type Member } from './members.ts'

/** Whoever comes while others are under way waits so long for more, or until those have ended. */
const withinMs = 5

/** Asks as `trying` says: in the place of those that it is for. */
export type AskTogether = (trying: Trying) => Promise<Tried>

interface Waiting {
  readonly member: Member
  readonly ask: AskTogether
}

/** Calls that differ in nothing but their texts, and go to one place. */
export class Group {
  readonly #bounds: BatchBounds
  readonly #unused: () => void
  #waiting: Waiting[] = []
  #underWay = 0
  #timer: NodeJS.Timeout | undefined

  constructor(bounds: BatchBounds, unused: () => void) {
    this.#bounds = bounds
    this.#unused = unused
  }

  /** Resolves when it is known what came of it. */
  async ask(about: Omit<Member, 'resolve' | 'reject' | 'tokens'>, ask: AskTogether): Promise<Tried> {
    if (this.#underWay === 0 && this.#waiting.length === 0) return this.#busy(about.alone)
    const { inputs, tokens: most } = this.#bounds
    const tokens = tokensOf(about.texts)
    // What fills more than half of a request would leave others behind, or wait for few.
    if (about.texts.length > inputs / 2 || tokens > most / 2) return this.#busy(about.alone)
    const { promise, resolve, reject } = Promise.withResolvers<Tried>()
    this.#waiting.push({ member: { ...about, tokens, resolve, reject }, ask })
    if (this.#isFull) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), withinMs)
    return promise
  }

  get #isFull(): boolean {
    let inputs = 0
    let tokens = 0
    for (const { member } of this.#waiting) {
      inputs += member.texts.length
      tokens += member.tokens
    }
    return inputs >= this.#bounds.inputs || tokens >= this.#bounds.tokens
  }

  async #busy<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay += 1
    try {
      return await work()
    } finally {
      this.#underWay -= 1
      if (this.#underWay === 0) this.#flush()
      if (this.#underWay === 0 && this.#waiting.length === 0) this.#unused()
    }
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const waiting = this.#waiting
    this.#waiting = []
    const stay: Waiting[] = []
    for (const one of waiting) {
      if (hasLeft(one.member)) one.member.resolve(left)
      else stay.push(one)
    }
    for (let at = 0; at < stay.length;) {
      const some = stay.slice(at, at + this.#fitting(stay, at))
      at += some.length
      this.#send(some)
    }
  }

  /** How many of them fit into one request: one at least. */
  #fitting(stay: readonly Waiting[], from: number): number {
    let inputs = 0
    let tokens = 0
    for (let at = from; at < stay.length; at += 1) {
      const { member } = stay[at] as Waiting
      inputs += member.texts.length
      tokens += member.tokens
      if (at > from && (inputs > this.#bounds.inputs || tokens > this.#bounds.tokens)) return at - from
    }
    return stay.length - from
  }

  #send(some: readonly Waiting[]): void {
    const [first] = some
    if (first === undefined) return
    const members = some.map(({ member }) => member)
    // It is one request: the others neither wait for it at the place nor count there.
    for (const { trying } of members.slice(1)) trying.health.beside()
    void this.#busy(() => together(members, first.ask))
  }
}

/** Never rejects: each of them hears what came of it. */
async function together(members: readonly Member[], ask: AskTogether): Promise<void> {
  const [first] = members
  if (first === undefined) return
  try {
    if (members.length === 1) return first.resolve(await first.alone())
    const sink = new GatheringSink(members)
    const tried = await ask(tryingFor(members, first, sink))
    const { answer } = sink
    if (tried.type === 'done') return partOut(members, answer ?? Buffer.alloc(0), tried)
    // One of them may be to blame for all.
    if (!ofOne.has(tried.failure.type)) return failAll(members, tried)
    const half = members.length >> 1
    await Promise.all([together(members.slice(0, half), ask), together(members.slice(half), ask)])
  } catch (error) {
    for (const { reject } of members) reject(error)
  }
}

const ofOne: ReadonlySet<string> = new Set(['refused', 'too-long'])

function tryingFor(members: readonly Member[], { trying }: Member, sink: GatheringSink): Trying {
  const { exchange } = trying
  const input = members.flatMap(({ texts }) => texts)
  const json = { ...exchange.json, input }
  const gone = new AbortController()
  sink.onGone(() => gone.abort())
  const together: Exchange = {
    ...exchange,
    json,
    body: Buffer.from(JSON.stringify(json)),
    asked: () => exchange.wire.read(json),
    sink,
    failed: (error) => {
      for (const member of members) member.trying.exchange.failed(error)
    },
  }
  // Whoever has no other place left is not left alone because others have one.
  const waiting = members.every((member) => member.trying.waiting !== null) ? trying.waiting : null
  return { ...trying, exchange: together, signal: gone.signal, waiting }
}

const left: Tried = {
  type: 'failed',
  failure: { type: 'stopped', detail: 'nobody waits for it any more' },
  begun: false,
  usage: undefined,
  firstMs: null,
}
