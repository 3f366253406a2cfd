import { HearthError } from '../errors.ts'
import { isZoneForm } from './zone-name.ts'

/**
 * Offsets of one zone, in chunks of `chunkMs`: the offset at the start, then pairs of (instant of a change, offset from then
 * on). A chunk without a change is one number.
 */
export interface ZoneOffsets {
  readonly name: string
  readonly chunks: Map<number, readonly number[]>
}

// No zone of the tz database changes twice within 6 days after 1970 (the shortest stay is 6.96), so that steps of 6 days
// see every change. Asking Intl costs about a microsecond, making a formatter 160 and 11 kB.
const stepMs = 6 * 86_400_000
const stepsInChunk = 8
const chunkMs = stepMs * stepsInChunk
const chunksKept = 128
const zonesKept = 1024
const formattersKept = 64

const zones = new Map<string, ZoneOffsets>()
const formatters = new Map<string, Intl.DateTimeFormat>()
const offsetPattern = /GMT(?:([+\-\u2212])(\d\d):(\d\d)(?::(\d\d))?)?$/

/** IANA names, aliases included, in any case; offsets like +02:00 are not zones. */
export function isZone(name: string): boolean {
  return findZone(name) !== undefined
}

export function offsetsOf(name: string): ZoneOffsets {
  const zone = findZone(name)
  if (zone === undefined) throw new HearthError('time.zone-unknown', 'A zone is an IANA name like Europe/Berlin.')
  return zone
}

function findZone(name: string): ZoneOffsets | undefined {
  const known = zones.get(name)
  if (known !== undefined || !isZoneForm(name) || formatterFor(name) === undefined) return known
  const made = { name, chunks: new Map<number, readonly number[]>() }
  keep(zones, name, made, zonesKept)
  return made
}

export function offsetAt(zone: ZoneOffsets, ms: number): number {
  const index = Math.floor(ms / chunkMs)
  const chunk = zone.chunks.get(index) ?? readChunk(zone, index)
  for (let at = chunk.length - 2; at > 0; at -= 2) {
    if (ms >= (chunk[at] as number)) return chunk[at + 1] as number
  }
  return chunk[0] as number
}

function readChunk(zone: ZoneOffsets, index: number): readonly number[] {
  const start = index * chunkMs
  let offset = askOffset(zone.name, start)
  const chunk = [offset]
  for (let step = 1; step <= stepsInChunk; step += 1) {
    const end = start + step * stepMs
    const next = askOffset(zone.name, end)
    if (next !== offset) chunk.push(findChange(zone.name, end - stepMs, end, offset), next)
    offset = next
  }
  keep(zone.chunks, index, chunk, chunksKept)
  return chunk
}

/** The first second in (from, to] whose offset is no longer `offset`. */
function findChange(name: string, from: number, to: number, offset: number): number {
  let [same, changed] = [from / 1000, to / 1000]
  while (changed - same > 1) {
    const middle = Math.floor((same + changed) / 2)
    if (askOffset(name, middle * 1000) === offset) same = middle
    else changed = middle
  }
  return changed * 1000
}

function askOffset(name: string, ms: number): number {
  const text = formatterFor(name)?.format(ms) ?? ''
  const parts = offsetPattern.exec(text)
  if (parts === null) throw new Error(`Intl gave no offset for ${name}`)
  const size = (Number(parts[2] ?? 0) * 3600 + Number(parts[3] ?? 0) * 60 + Number(parts[4] ?? 0)) * 1000
  return parts[1] === '+' ? size : 0 - size
}

function formatterFor(name: string): Intl.DateTimeFormat | undefined {
  const known = formatters.get(name)
  if (known !== undefined) return known
  try {
    const made = new Intl.DateTimeFormat('en-US', { timeZone: name, hour: 'numeric', timeZoneName: 'longOffset' })
    keep(formatters, name, made, formattersKept)
    return made
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** The oldest goes first: what is still needed is made again, at the costs named above. */
function keep<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, most: number): void {
  if (map.size >= most) {
    const [oldest] = map.keys()
    if (oldest !== undefined) map.delete(oldest)
  }
  map.set(key, value)
}
