import type { KeyObject } from 'node:crypto'
import type { Tagged } from './actor.ts'
import type { LogRow } from './ports/log.ts'
import { open, seal } from './seal.ts'

/** Who and what led to a row. Kept inside its data: sealed with it, and free for rows that nobody asks about. */
export interface Provenance {
  readonly principal: string
  readonly causation: string
  readonly correlation: string
}

export interface Unpacked extends Provenance {
  readonly events: readonly Tagged[]
}

type Packed = [principal: string, causation: string, correlation: string, ...events: [type: number, data: object][]]

/** The distinct types of a row, comma-separated; an event names its type by place. */
export function typesOf(events: readonly Tagged[]): string {
  const first = events[0]?.type ?? ''
  return events.every((event) => event.type === first)
    ? first
    : [...new Set(events.map((event) => event.type))].join(',')
}

/** Each event as it stands in a row, before it is known who and what led to it. */
export function packEvents(events: readonly Tagged[], types: string): readonly string[] {
  const names = types.split(',')
  return events.map(({ type, ...data }) => JSON.stringify([names.indexOf(type), data]))
}

export function pack(events: readonly string[], { principal, causation, correlation }: Provenance): string {
  return `[${[principal, causation, correlation].map((each) => JSON.stringify(each)).join(',')},${events.join(',')}]`
}

export function unpack(text: string, types: string): Unpacked {
  const names = types.split(',')
  const [principal, causation, correlation, ...events] = JSON.parse(text) as Packed
  return {
    principal,
    causation,
    correlation,
    events: events.map(([type, data]) => ({ ...data, type: names[type] as string })),
  }
}

/** Where a row's data belongs. Its sequence is not in it: a batch that is tried again moves. */
export const aboutRow = (row: Pick<LogRow, 'tenant' | 'actor' | 'version'>): string =>
  `${row.tenant}.${row.actor}.${row.version}`

export const sealRow = (key: KeyObject, text: string, about: string): Buffer => seal(key, text, about)

export function readRow(row: LogRow, key: KeyObject | undefined): Unpacked {
  const plain = row.person === null ? row.data : open(key as KeyObject, row.data, aboutRow(row))
  return unpack(plain.toString('utf8'), row.types)
}
