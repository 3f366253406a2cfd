import type { CallRecord } from '@hearth/models'

const known = new WeakMap<CallRecord, string>()

/** A record as JSON: its size bounds a batch, and it is kept as a row. Remembered in between. */
export function jsonOf(record: CallRecord): string {
  const json = known.get(record) ?? JSON.stringify(record)
  known.set(record, json)
  return json
}
