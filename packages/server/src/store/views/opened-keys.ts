import { homeKeyName, openHomeKey, type HomeKey, type LogRow, type MasterKey } from '@hearth/kernel'
import type { Address } from '@hearth/protocol'
import type { KeyObject } from 'node:crypto'
import type { Sql } from 'postgres'
import { keysOf, toHomeKey } from '../log-load.ts'

type Place = Pick<Address, 'tenant' | 'home'>

/** What opens a row. `forgotten`: nothing does any more. `damaged`: its key is not there, or does not open itself. */
export type Opening = { readonly key: KeyObject | undefined } | 'forgotten' | 'damaged'

export interface OpenedKeys {
  /** Reads the keys of those homes that are not known yet. */
  ensure(places: Iterable<Place>): Promise<void>
  of(row: LogRow, place: Place): Opening
  forget(place: Place): void
}

type Held = { readonly key: KeyObject; readonly since: number } | 'damaged'

const homesRemembered = 20_000
const open = { key: undefined } as const

export function createOpenedKeys(sql: Sql, master: MasterKey): OpenedKeys {
  const homes = new Map<string, ReadonlyMap<string, Held>>()
  return {
    ensure: async (places) => {
      const missing = new Map<string, Place>()
      for (const place of places) {
        const name = nameOf(place)
        if (!homes.has(name)) missing.set(name, place)
      }
      if (missing.size === 0) return
      if (homes.size > homesRemembered) homes.clear()
      for (const [name, keys] of await readKeys(sql, master, missing)) homes.set(name, keys)
    },
    of: ({ person, sequence }, place) => {
      if (person === null) return open
      const held = homes.get(nameOf(place))?.get(person)
      if (held === undefined || held === 'damaged') return 'damaged'
      return sequence < held.since ? 'forgotten' : held
    },
    forget: (place) => void homes.delete(nameOf(place)),
  }
}

const nameOf = ({ tenant, home }: Place): string => homeKeyName(tenant, home, '')

async function readKeys(
  sql: Sql,
  master: MasterKey,
  missing: ReadonlyMap<string, Place>,
): Promise<ReadonlyMap<string, ReadonlyMap<string, Held>>> {
  const found = new Map([...missing.keys()].map((name) => [name, new Map<string, Held>()]))
  const { text, values } = keysOf([...missing.values()])
  for (const row of (await sql.unsafe(text, [...values])).map(toHomeKey))
    found.get(nameOf(row))?.set(row.person, held(master, row))
  return found
}

function held(master: MasterKey, row: HomeKey): Held {
  try {
    return { key: openHomeKey(master, row), since: row.since ?? 0 }
  } catch {
    // A damaged key closes its own home, here as everywhere.
    return 'damaged'
  }
}
