import type { EffectRow, LogWriter } from '@hearth/kernel'
import type { Statement } from './statement.ts'

type Which = Parameters<LogWriter['owed']>[1]

const columns = 'e.slot, e.sequence, e.ordinal, e.actor, e.kind, e.due, e.attempt, e.person, e.request'
const order = 'order by e.due, e.slot, e.sequence, e.ordinal'

/**
 * A part for each slot, which the database merges as it reads along the index: it reads what it answers and little more.
 * Asked with `slot = any (…)` it sorts everything that the slots owe.
 */
export function owed(...[slots, which, after, limit]: Parameters<LogWriter['owed']>): Statement {
  const from = after ?? { due: -1, slot: -1, sequence: -1, ordinal: -1 }
  return {
    text: textFor(slots.length, which),
    values: [from.due, from.slot, from.sequence, from.ordinal, limit, ...slots].map(String),
    seldom: true,
  }
}

const texts = new Map<string, string>()

function textFor(count: number, which: Which): string {
  const name = `${which} ${count}`
  const known = texts.get(name) ?? compose(count, which)
  texts.set(name, known)
  return known
}

function compose(count: number, which: Which): string {
  const kinds = which === 'timers' ? "e.kind = 'timer'" : "e.kind <> 'timer'"
  const parts = Array.from(
    { length: count },
    (_, index) => `(select ${columns} from hearth.effects e
      where e.state = 'owed' and ${kinds} and e.slot = $${index + 6}::smallint and e.due >= $1::bigint
        and (e.due, e.slot, e.sequence, e.ordinal) > ($1::bigint, $2::smallint, $3::bigint, $4::smallint)
      ${order} limit $5::integer)`,
  )
  return `select e.*, a.tenant, a.home, a.kind as actor_kind, a.id
    from (select * from (${parts.join(' union all ')}) e ${order} limit $5::integer) e
    join hearth.actors a on a.actor = e.actor ${order}`
}

export const toEffectRow = (row: Record<string, unknown>): EffectRow => ({
  slot: Number(row['slot']),
  sequence: Number(row['sequence']),
  ordinal: Number(row['ordinal']),
  actor: Number(row['actor']),
  address: {
    tenant: String(row['tenant']),
    home: String(row['home']),
    kind: String(row['actor_kind']),
    id: String(row['id']),
  },
  kind: String(row['kind']),
  due: Number(row['due']),
  attempt: Number(row['attempt']),
  person: row['person'] as string | null,
  request: row['request'] as Buffer,
})
