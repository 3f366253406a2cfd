import { HearthError, type StepPart } from '@hearth/protocol'
import { systemClock, type Batch, type Clock } from '@hearth/kernel'
import { everyOneWithin } from '../platform/every-one-within.ts'
import { WatchedQuery, type QueryOptions, type Seat, type Subject } from './query.ts'
import type { Hearing, TurnParts } from './turn-parts.ts'
import type { Watcher, Watching } from './watcher.ts'

export interface HubOptions extends Pick<QueryOptions, 'mayPass'> {
  readonly mostWatchers: number
  readonly clock?: Clock
  readonly spacingMs?: number
  /** How often those are looked at who are sent nothing. */
  readonly checkMs?: number
  /** How long an answer is kept for whoever comes back. */
  readonly lingerMs?: number
  readonly mostLingeringBytes?: number
  readonly readingsAtOnce?: number
  readonly parts?: Pick<TurnParts, 'hear' | 'forget'>
}

export interface Hub extends AsyncDisposable {
  /** Sends the first answer, then what changes. Throws what the first reading throws, and `watch.too-many`. */
  watch(subject: Subject, watcher: Watcher, from: string | undefined): Promise<Watching>
  /** What was committed here. */
  committed(batch: Pick<Batch, 'views' | 'forgotten'>): void
  /** What was committed, here or in another process: the places that it touched, or all where that is not known. */
  touch(places: Iterable<string> | 'all'): void
  /** By tenant. */
  counts(): ReadonlyMap<string, number>
}

export const placeOf = (view: string, tenant: string, home: string): string => `${view}\n${tenant}\n${home}`

/** Of a place from which a person went: what was read there before must not be told any more. */
const forgottenAt = (place: string): string => `!${place}`
const isForgotten = (place: string): boolean => place.startsWith('!')

/** The views of homes that a commit writes to. */
export function placesIn({ views, forgotten }: Pick<Batch, 'views' | 'forgotten'>): ReadonlySet<string> {
  const places = new Set<string>()
  for (const [view, writes] of views)
    for (const { tenant, home } of writes.values()) places.add(placeOf(view.name, tenant, home))
  for (const { key, views: gone } of forgotten)
    for (const { name } of gone) places.add(forgottenAt(placeOf(name, key.tenant, key.home)))
  return places
}

/** Everything that is watched in this process. */
export function createHub(options: HubOptions): Hub {
  const { mostWatchers, clock = systemClock, spacingMs = 50, checkMs = 15_000, lingerMs = 60_000 } = options
  const { mostLingeringBytes = 16 * 1024 * 1024, readingsAtOnce = 12, mayPass, parts } = options
  const queries = new Map<string, WatchedQuery>()
  const places = new Map<string, Set<WatchedQuery>>()
  const lingering = new Map<WatchedQuery, { readonly cancel: () => void; readonly bytes: number }>()
  let lingeringBytes = 0
  const counts = new Map<string, number>()
  const hearings = new Map<Seat, Hearing>()
  const inTurn = turns(readingsAtOnce)
  let stopped = false

  const count = (tenant: string, step: number): void => {
    const now = (counts.get(tenant) ?? 0) + step
    if (now === 0) counts.delete(tenant)
    else counts.set(tenant, now)
  }
  const stay = (query: WatchedQuery): void => {
    const kept = lingering.get(query)
    if (kept === undefined) return
    kept.cancel()
    lingering.delete(query)
    lingeringBytes -= kept.bytes
  }
  const drop = (query: WatchedQuery): void => {
    stay(query)
    queries.delete(query.subject.key)
    for (const place of query.subject.places) {
      const there = places.get(place)
      there?.delete(query)
      if (there?.size === 0) places.delete(place)
    }
  }
  /** Its last answer stays for a while, so that whoever comes back is told what changed. */
  const linger = (query: WatchedQuery): void => {
    if (query.bytes === 0 || stopped) return drop(query)
    stay(query)
    const { bytes } = query
    lingering.set(query, { cancel: clock.after(lingerMs, () => drop(query)), bytes })
    lingeringBytes += bytes
    for (const oldest of lingering.keys()) {
      if (lingeringBytes <= mostLingeringBytes) break
      drop(oldest)
    }
  }
  const queryOf = (subject: Subject): WatchedQuery => {
    const known = queries.get(subject.key)
    if (known !== undefined) return known
    const query: WatchedQuery = new WatchedQuery(subject, {
      clock,
      spacingMs,
      inTurn,
      mayPass,
      onEnd: (seat) => left(query, seat),
    })
    queries.set(subject.key, query)
    for (const place of subject.places) {
      const there = places.get(place) ?? new Set<WatchedQuery>()
      places.set(place, there)
      there.add(query)
    }
    return query
  }
  const left = (query: WatchedQuery, seat: Seat): void => {
    hearings.get(seat)?.stop()
    hearings.delete(seat)
    count(query.subject.tenant, -1)
    if (query.seats.size === 0) linger(query)
  }
  /** What turns bring while they run comes after the first answer. */
  const listen = (query: WatchedQuery, seat: Seat): void => {
    const { hears } = query.subject
    if (hears === undefined || parts === undefined || !query.seats.has(seat)) return
    const hear = (part: StepPart): boolean => {
      // Whoever lost the permission since is told nothing more.
      if (!query.seats.has(seat) || !query.admits(seat)) return true
      const hasRoom = seat.watcher.hear?.(part) ?? true
      if (!hasRoom) seat.full = true
      return hasRoom
    }
    const hearing = parts.hear(hears, { hear })
    if (query.seats.has(seat)) hearings.set(seat, hearing)
    else hearing.stop()
  }
  const checking = everyOneWithin(
    checkMs,
    () => queries.values(),
    (query) => {
      for (const seat of query.seats) query.admits(seat)
    },
  )

  const forget = (query: WatchedQuery): void => {
    // Nobody is there for whom it would be read again.
    if (query.seats.size === 0) drop(query)
    else query.forget()
  }

  const at = (some: Iterable<string>): Iterable<WatchedQuery> =>
    new Set([...some].flatMap((place) => [...(places.get(place) ?? [])]))
  const touch: Hub['touch'] = (touched) => {
    if (places.size === 0) return
    // Where it is not known what was committed, somebody may have been forgotten.
    if (touched === 'all') return [...queries.values()].forEach(forget)
    const all = [...touched]
    for (const query of at(all)) query.touch()
    for (const query of at(all.filter(isForgotten).map((place) => place.slice(1)))) forget(query)
  }

  return {
    watch: async (subject, watcher, from) => {
      if (stopped) throw stopping()
      if ((counts.get(subject.tenant) ?? 0) >= mostWatchers)
        throw new HearthError('watch.too-many', `At most ${mostWatchers} watches may be open at a time.`, {
          retryAfterSeconds: 5,
        })
      const query = queryOf(subject)
      stay(query)
      const seat: Seat = { watcher, had: null, full: false }
      query.seats.add(seat)
      count(subject.tenant, 1)
      const stop = (): void => {
        if (query.seats.delete(seat)) left(query, seat)
      }
      try {
        await query.open(seat, from)
      } catch (error) {
        stop()
        throw error
      }
      listen(query, seat)
      return {
        drained: () => {
          seat.full = false
          if (!query.seats.has(seat)) return
          query.deliver(seat)
          hearings.get(seat)?.drained()
        },
        stop,
      }
    },
    committed: (batch) => {
      for (const { key } of batch.forgotten) parts?.forget(key.tenant, key.home)
      if (places.size > 0) touch(placesIn(batch))
    },
    touch,
    counts: () => counts,
    [Symbol.asyncDispose]: async () => {
      stopped = true
      checking[Symbol.dispose]()
      for (const query of queries.values()) {
        for (const seat of query.seats) query.end(seat, stopping())
        drop(query)
      }
    },
  }
}

const stopping = (): HearthError =>
  new HearthError('server.stopping', 'This server is stopping.', { retryAfterSeconds: 1 })

/** Lets so many run at once, and the others in the order in which they came. */
function turns(most: number): QueryOptions['inTurn'] {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => void waiting.push(resolve))
    else running += 1
    try {
      return await work()
    } finally {
      // Whoever waits takes the place as it is.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
