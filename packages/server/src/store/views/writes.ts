import type { View, ViewChange, ViewWrite } from '@hearth/kernel'
import type { Address } from '@hearth/protocol'
import type { Sql } from 'postgres'
import { viewStatements } from '../view-tables.ts'

const rowsAStatement = 1000

/** Changes of a view that wait to be written: of each key the last. */
export interface Writes {
  readonly size: number
  add(place: Pick<Address, 'tenant' | 'home'>, changes: readonly ViewChange[]): void
  /** Writes them into a table of the view's form. */
  flush(sql: Sql): Promise<void>
}

export function createWrites(view: View, table: string): Writes {
  const waiting = new Map<string, ViewWrite>()
  return {
    get size() {
      return waiting.size
    },
    add: ({ tenant, home }, changes) => {
      for (const change of changes) waiting.set(`${tenant}\0${home}\0${change.key}`, { tenant, home, change })
    },
    flush: async (sql) => {
      const writes = [...waiting.values()]
      waiting.clear()
      for (let from = 0; from < writes.length; from += rowsAStatement)
        for (const { text, values } of viewStatements(view, writes.slice(from, from + rowsAStatement), table))
          await sql.unsafe(text, [...values], { prepare: true })
    },
  }
}
