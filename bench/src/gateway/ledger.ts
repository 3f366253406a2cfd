import { setTimeout as sleep } from 'node:timers/promises'
import type { HearthGateway } from '../gateways/hearth.ts'
import type { PostgresStore } from '../store.ts'

export interface Ledger {
  /** Calls of the key that were answered, as the view has them. */
  readonly calls: number
  /** In billionths of a dollar: what was charged for all its calls, one by one. */
  readonly charged: number
  /** The same, as the account of the budget has it. */
  readonly spent: number
  /** What is still set aside of it. */
  readonly held: number
}

const withinMs = 60_000

/** Records come a moment behind their answers: until there are as many, or for so long. */
export async function readLedger(gateway: HearthGateway, store: PostgresStore, answered: number): Promise<Ledger> {
  const until = performance.now() + withinMs
  for (;;) {
    const found = await readOnce(gateway, store)
    const isWhole = found.calls >= answered
    if (isWhole && found.held === 0 && found.charged === found.spent && found.charged > 0) return found
    if (performance.now() > until) return isWhole ? disagreeing(found) : found
    await sleep(200)
  }
}

/** Money is counted in the same commit as the record of what it was spent for. */
function disagreeing({ charged, spent, held }: Ledger): never {
  throw new Error(
    `Calls were charged ${charged} billionths of a dollar, ${spent} left the budget, and ${held} dollars of it are set aside.`,
  )
}

async function readOnce({ hearth, key }: HearthGateway, store: PostgresStore): Promise<Ledger> {
  const [row] = await store.rows(
    (sql) => sql`select count(*) filter (where outcome = 'done')::text as calls,
                        coalesce(sum((record::json #>> '{charged,nano}')::bigint), 0)::text as charged
                   from hearth.view_calls_1 where asker = ${key}`,
  )
  const { items } = (await hearth.call('budgets.list', {})) as { readonly items: readonly Budget[] }
  const budget = items.find(({ scope }) => scope === `key:${key}`)
  return {
    calls: Number(row?.['calls']),
    charged: Number(row?.['charged']),
    spent: Math.round((budget?.spent.total ?? NaN) * 1e9),
    held: budget?.held ?? NaN,
  }
}

interface Budget {
  readonly scope: string
  readonly spent: { readonly total: number }
  readonly held: number
}
