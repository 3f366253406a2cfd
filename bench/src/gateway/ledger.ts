import { setTimeout as sleep } from 'node:timers/promises'
import type { HearthGateway } from '../gateways/hearth.ts'
import type { PostgresStore } from '../store.ts'

export interface Ledger {
  /** Calls of the key that were answered, as the view has them. */
  readonly calls: number
  /** In billionths of a dollar: what these calls cost, one by one. */
  readonly cost: number
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
    if (found.calls >= answered && found.held === 0) return agreed(found)
    if (performance.now() > until) return found
    await sleep(200)
  }
}

/** Money is counted in the same commit as the record of what it was spent for. */
function agreed(found: Ledger): Ledger {
  if (found.cost !== found.spent || found.cost === 0)
    throw new Error(
      `Calls of ${found.cost} billionths of a dollar are in the ledger, and ${found.spent} in the budget.`,
    )
  return found
}

async function readOnce({ hearth, key }: HearthGateway, store: PostgresStore): Promise<Ledger> {
  const [row] = await store.rows(
    (sql) => sql`select count(*)::text as calls, coalesce(sum(cost), 0)::text as cost
                   from hearth.view_calls_1 where asker = ${key} and outcome = 'done'`,
  )
  const { items } = (await hearth.call('budgets.list', {})) as { readonly items: readonly Budget[] }
  const budget = items.find(({ scope }) => scope === `key:${key}`)
  return {
    calls: Number(row?.['calls']),
    cost: Number(row?.['cost']),
    spent: Math.round((budget?.spent.total ?? NaN) * 1e9),
    held: budget?.held ?? NaN,
  }
}

interface Budget {
  readonly scope: string
  readonly spent: { readonly total: number }
  readonly held: number
}
