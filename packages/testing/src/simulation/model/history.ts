import type { LogRow, MemoryStore } from '@hearth/kernel'
import type { LogReader, ReadEvent } from './reading.ts'

export interface ReadRow {
  readonly row: LogRow
  readonly place: string
  readonly home: string
  readonly kind: string
  readonly id: string
  readonly events: readonly ReadEvent[]
  /** Whose it was is forgotten. */
  readonly isForgotten: boolean
}

type Forgotten = ReadonlyMap<string, readonly { readonly since: number }[]>

export interface AskedEffect {
  readonly effect: string
  readonly token: string
  readonly timer: boolean
  readonly due: number | null
  readonly row: ReadRow
}

const kindsOfEnd: readonly string[] = ['cancelled', 'settled', 'late']

export interface EndedEffect {
  readonly effect: string
  readonly how: string
  readonly event: ReadEvent
  readonly row: ReadRow
}

/** What the log says happened. */
export interface History {
  readonly rows: readonly ReadRow[]
  readonly asked: ReadonlyMap<string, AskedEffect>
  readonly ended: ReadonlyMap<string, readonly EndedEffect[]>
  /** How many rows a token has written. */
  readonly tokens: ReadonlyMap<string, number>
  /** Last written on each board, by tenant. */
  readonly board: string | null
}

export function readHistory(store: MemoryStore, reader: LogReader, forgotten: Forgotten = new Map()): History {
  const actors = new Map(store.actors().map((actor) => [actor.actor, actor.address]))
  const rows = store.rows().map((row): ReadRow => {
    const { home = '', kind = '', id = '' } = actors.get(row.actor) ?? {}
    const isForgotten = row.person !== null && forgotten.get(home)?.some(({ since }) => row.sequence < since) === true
    const events = reader.events({ ...row, home } as LogRow)
    return { row, place: `${home}/${kind}/${id}`, home, kind, id, events, isForgotten }
  })
  const asked = new Map<string, AskedEffect>()
  const ended = new Map<string, EndedEffect[]>()
  const tokens = new Map<string, number>()
  let board: string | null = null
  for (const row of rows) {
    const [first] = row.events
    const token = first?.['token']
    if (typeof token === 'string') tokens.set(token, (tokens.get(token) ?? 0) + 1)
    for (const event of row.events) {
      const effect = String(event['effect'])
      if (event.type === 'called' || event.type === 'timed') {
        const due = event['due'] as number | null
        asked.set(effect, { effect, token: String(event['token']), timer: event.type === 'timed', due, row })
      } else if (kindsOfEnd.includes(event.type)) {
        const ends = ended.get(effect) ?? []
        ended.set(effect, ends)
        ends.push({ effect, how: event.type, event, row })
      } else if (event.type === 'written') board = String(event['token'])
    }
  }
  return { rows, asked, ended, tokens, board }
}

export interface ExpectedViews {
  readonly desks: ReadonlyMap<string, string>
  readonly pending: ReadonlyMap<string, string>
}

/** The rows that the views must hold, folded from the log by hand. */
export function expectedViews({ rows }: History): ExpectedViews {
  const desks = new Map<string, { count: number; pending: Set<string>; last: string }>()
  const pending = new Map<string, string>()
  for (const { home, kind, id, events, isForgotten } of rows) {
    if (kind === 'board' || isForgotten) continue
    const place = `${home} ${kind} ${id}`
    const desk = desks.get(place) ?? { count: 0, pending: new Set<string>(), last: '' }
    desks.set(place, desk)
    for (const event of events) {
      const effect = String(event['effect'])
      desk.count += 1
      if (event.type === 'noted') desk.last = String(event['word'])
      if (event.type === 'settled') desk.last = String(event['result'])
      if (event.type === 'called' || event.type === 'timed') {
        desk.pending.add(effect)
        pending.set(`${home} ${effect}`, JSON.stringify([event['token'], event.type === 'timed']))
      }
      if (event.type === 'settled' || event.type === 'cancelled') {
        desk.pending.delete(effect)
        pending.delete(`${home} ${effect}`)
      }
    }
  }
  const lines = [...desks].map(([place, { count, pending: held, last }]): [string, string] => [
    place,
    JSON.stringify([count, held.size, last]),
  ])
  return { desks: new Map(lines), pending }
}
