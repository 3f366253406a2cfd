import { openHomeKey, readSnapshot, type HomeKey } from '@hearth/kernel'
import type { SavedState } from '@hearth/features'
import type { Address, Json } from '@hearth/protocol'
import type { Sql } from 'postgres'
import type { HistoryOptions } from './history.ts'
import { keysOf, snapshotsOf, toHomeKey, toSnapshot } from './log-load.ts'
import type { Run } from './statement.ts'

/** The snapshot of an actor, opened. One that is damaged or of another shape is none: the whole history tells all the same. */
export async function savedOf(
  sql: Sql,
  address: Address,
  { master, actors }: HistoryOptions,
): Promise<SavedState | null> {
  const run: Run = ({ text, values }) => sql.unsafe(text, [...values])
  const [found] = await run(snapshotsOf([address]))
  if (found === undefined) return null
  const snapshot = toSnapshot(found)
  if (snapshot.shape !== actors.get(address.kind)?.shape) return null
  const keys: readonly HomeKey[] = snapshot.person === null ? [] : (await run(keysOf([address]))).map(toHomeKey)
  const key = keys.find(({ person }) => person === snapshot.person)
  try {
    const state = readSnapshot(snapshot, key === undefined ? undefined : openHomeKey(master, key)) as Json
    return { sequence: snapshot.sequence, version: snapshot.version, state }
  } catch {
    return null
  }
}
