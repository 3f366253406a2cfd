import { allows, HearthError } from '@hearth/protocol'
import type { Clock } from '@hearth/kernel'
import { Versions, type Reading, type Version } from './versions.ts'
import type { Update, Watcher } from './watcher.ts'

export interface Seat {
  readonly watcher: Watcher
  /** What it has; null before its first answer. */
  had: Version | null
  full: boolean
}

export interface Subject {
  /** Two of one key have one answer. */
  readonly key: string
  readonly tenant: string
  readonly permission: string
  /** Of the views that it reads, in its home. */
  readonly places: readonly string[]
  /** The actor of whose turns its watchers hear. */
  readonly hears?: string | undefined
  read(): Promise<Reading>
}

export interface QueryOptions {
  readonly clock: Clock
  /** At least so long from one reading to the next, however much is committed. */
  readonly spacingMs: number
  /** Lets a few queries be read at once, the others in turn. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  /** Whether the same reading may succeed later. */
  mayPass(error: unknown): boolean
  /** A seat is given up. */
  onEnd(seat: Seat): void
}

const longestPauseMs = 2_000

/** One question that is watched, by however many: it is read again only when a commit touched what it rests on. */
export class WatchedQuery {
  readonly subject: Subject
  readonly seats = new Set<Seat>()
  readonly #options: QueryOptions
  #versions: Versions | null = null
  #dirty = true
  /** How often a person went from its places. */
  #forgets = 0
  #reading: Promise<void> | null = null
  #readAt = Number.NEGATIVE_INFINITY
  #pauseMs = 0

  constructor(subject: Subject, options: QueryOptions) {
    this.subject = subject
    this.#options = options
  }

  /** Of what may be told. */
  get bytes(): number {
    return this.#present?.bytes ?? 0
  }

  /** Null before the first answer, and between a forgetting and the next. */
  get #present(): Versions | null {
    return this.#versions?.isPast === false ? this.#versions : null
  }

  /** Its places were written to. */
  touch(): void {
    this.#dirty = true
    if (this.seats.size > 0) this.#again()
  }

  /** A person went from its places: whoever comes back is told what is there now, and nothing of what was there before. */
  forget(): void {
    this.#forgets += 1
    this.#versions?.forget()
    this.touch()
  }

  /** Gives a seat its first answer: what changed since a position, where that can be said. */
  async open(seat: Seat, from: string | undefined): Promise<void> {
    const versions = await this.#fresh()
    if (!this.seats.has(seat)) return
    if (from === undefined) return this.#send(seat, [versions.whole('snapshot')])
    const had = versions.at(from)
    if (had === versions.last) return this.#send(seat, [{ type: 'change', body: '[]', position: had.position }])
    this.#send(seat, versions.since(had ?? null))
  }

  /** Sends what the seat has not seen, if it has room. */
  deliver(seat: Seat): void {
    const versions = this.#present
    if (versions === null || seat.had === null || seat.full || versions.last === seat.had) return
    this.#send(seat, versions.since(seat.had))
  }

  /** Ends the seat of somebody who may not see this any more. */
  admits(seat: Seat): boolean {
    try {
      const { tenant, permission } = this.subject
      const principal = seat.watcher.who()
      if (principal.tenant !== tenant || !allows(principal, permission))
        throw new HearthError('auth.permission-missing', `This key lacks the scope ${permission}.`)
      return true
    } catch (error) {
      this.end(seat, error)
      return false
    }
  }

  end(seat: Seat, error: unknown): void {
    if (!this.seats.delete(seat)) return
    this.#options.onEnd(seat)
    seat.watcher.end(
      error instanceof HearthError ? error : new HearthError('door.failed', 'Something went wrong here.'),
    )
  }

  #send(seat: Seat, updates: readonly Update[]): void {
    // Whoever lost the permission since is shown nothing more.
    if (!this.admits(seat)) return
    seat.had = this.#versions?.last ?? null
    for (const update of updates) if (!seat.watcher.send(update)) seat.full = true
  }

  async #fresh(): Promise<Versions> {
    for (;;) {
      // One that began before this may have missed what was committed just now.
      await this.#reading?.catch(() => undefined)
      if (this.#dirty) await this.#read()
      else await this.#reading
      const versions = this.#present
      if (versions !== null) return versions
    }
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = null
      if (this.#dirty && this.seats.size > 0 && this.#versions !== null) this.#again()
    })
    return this.#reading
  }

  #again(): void {
    if (this.#reading !== null || this.#versions === null) return
    this.#read().catch((error: unknown) => {
      if (!this.#options.mayPass(error)) for (const seat of this.seats) this.end(seat, error)
    })
  }

  async #readOnce(): Promise<void> {
    const { clock, spacingMs, inTurn } = this.#options
    const wait = Math.max(this.#pauseMs, this.#readAt + spacingMs - clock.elapsed())
    if (this.#versions !== null && wait > 0) await new Promise<void>((resolve) => void clock.after(wait, resolve))
    this.#readAt = clock.elapsed()
    let reading: Reading
    let forgets = this.#forgets
    try {
      reading = await inTurn(() => {
        // What is committed from here on is read again.
        this.#dirty = false
        forgets = this.#forgets
        return this.subject.read()
      })
    } catch (error) {
      this.#dirty = true
      this.#pauseMs = Math.min(Math.max(100, this.#pauseMs * 2), longestPauseMs)
      throw error
    }
    this.#pauseMs = 0
    // It may tell of a person who went while it was read.
    if (forgets !== this.#forgets) return await this.#readOnce()
    if (this.#versions === null) this.#versions = new Versions(reading)
    else if (!this.#versions.take(reading)) return
    for (const seat of this.seats) this.deliver(seat)
  }
}
