import type { KeyObject } from 'node:crypto'
import type { Json } from '@hearth/protocol'
import type { Actor, Tagged } from './actor.ts'
import type { LogRow } from './ports/log.ts'
import { open, seal } from './seal.ts'
import { readAs, writtenName, type EventData } from './versions.ts'

/** Who and what led to a row. Kept inside its data: sealed with it, and free for rows that nobody asks about. */
export interface Provenance {
  readonly principal: string
  readonly causation: string
  readonly correlation: string
}

export interface Unpacked extends Provenance {
  readonly events: readonly Tagged[]
}

type PackedEvent = readonly [type: number, data: EventData]
type Packed = readonly [principal: string, causation: string, correlation: string, ...events: PackedEvent[]]

/** The distinct types of a row with their versions, comma-separated; an event names its type by place. */
export function typesOf(events: readonly Tagged[], definition?: Actor): string {
  const first = events[0]?.type ?? ''
  if (events.every((event) => event.type === first)) return writtenName(first, definition)
  return [...new Set(events.map((event) => event.type))].map((type) => writtenName(type, definition)).join(',')
}

/** Each event as it stands in a row, before it is known who and what led to it. */
export function packEvents(events: readonly Tagged[]): readonly string[] {
  const places = new Map<string, number>()
  return events.map(({ type, ...data }) => {
    const place = places.get(type) ?? places.size
    places.set(type, place)
    return JSON.stringify([place, data])
  })
}

export function pack(events: readonly string[], { principal, causation, correlation }: Provenance): string {
  return `[${[principal, causation, correlation].map((each) => JSON.stringify(each)).join(',')},${events.join(',')}]`
}

/** Events come in the present form of the actor's definition; without one, as they were written. Throws `actor.from-the-future`. */
export function unpack(text: string, types: string, definition?: Actor): Unpacked {
  const names = readAs(types, definition)
  const [principal, causation, correlation, ...events] = JSON.parse(text) as Packed
  return {
    principal,
    causation,
    correlation,
    events: events.map(([place, data]) => {
      const { type = '', steps = [] } = names[place] ?? {}
      return { ...steps.reduce((held, step) => step(held), data), type }
    }),
  }
}

export interface AskedFor {
  readonly request: Json
  /** Of the command that asked; null where it was not written down, as it is not for timers. */
  readonly correlation: string | null
}

/** What an effect asks for as it is written, with what its result is to carry on. No JSON begins with the mark. */
export const packRequest = (request: Json, correlation: string): string =>
  `~[${JSON.stringify(correlation)},${JSON.stringify(request)}]`

export function unpackRequest(text: string): AskedFor {
  if (!text.startsWith('~')) return { request: JSON.parse(text) as Json, correlation: null }
  const [correlation, request] = JSON.parse(text.slice(1)) as readonly [string, Json]
  return { request, correlation }
}

/** Where a row's data belongs. Its sequence is not in it: a batch that is tried again moves. */
export const aboutRow = (row: Pick<LogRow, 'tenant' | 'actor' | 'version'>): string =>
  `${row.tenant}.${row.actor}.${row.version}`

export const sealRow = (key: KeyObject, text: string, about: string): Buffer => seal(key, text, about)

export function readRow(row: LogRow, key: KeyObject | undefined, definition?: Actor): Unpacked {
  const plain = row.person === null ? row.data : open(key as KeyObject, row.data, aboutRow(row))
  return unpack(plain.toString('utf8'), row.types, definition)
}
