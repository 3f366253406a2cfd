import { inOrder, type EffectRow, type Line, type LogWriter } from '@hearth/kernel'
import { addressOf } from './address-of.ts'
import { numbers, texts } from './literals.ts'
import type { LoggedEffects } from './logged-effects.ts'
import { readOwedInLog } from './owed-in-log.ts'
import type { Run, Statement } from './statement.ts'

type Question = Parameters<LogWriter['owed']>
type Which = Question[1]

const columns = 'e.slot, e.sequence, e.ordinal, e.actor, e.kind, e.due, e.attempt, e.person, e.request, e.ordering'
const order = 'order by e.due, e.slot, e.sequence, e.ordinal'
const sort = (which: Which): string => (which === 'timers' ? "e.kind = 'timer'" : "e.kind <> 'timer'")

/**
 * The slots that owe anything after the place where the last answer ended, and when it is due: most homes sleep, and a part of `owed`
 * for each of all slots costs megabytes of plan.
 */
export const owing = (...[slots, which, after]: Question): Statement => ({
  text: `select s.slot, e.due from unnest($1::smallint[]) s(slot) cross join lateral (select e.due from hearth.effects e
      where e.state = 'owed' and ${sort(which)} and e.slot = s.slot
      and e.due >= $2::bigint + (case when s.slot < $3::smallint then 1 else 0 end)
      and (s.slot <> $3::smallint or (e.due, e.sequence, e.ordinal) > ($2::bigint, $4::bigint, $5::smallint))
      ${order} limit 1) e`,
  values: [
    numbers(slots),
    ...[after?.due ?? -1, after?.slot ?? -1, after?.sequence ?? -1, after?.ordinal ?? -1].map(String),
  ],
})

/**
 * A part for each slot, which the database merges as it reads along the index: it reads what it answers and little more.
 * Asked with `slot = any (…)` it sorts everything that the slots owe.
 */
export function owed(...[slots, which, after, limit]: Question): Statement {
  const from = after ?? { due: -1, slot: -1, sequence: -1, ordinal: -1 }
  const values = [from.due, limit, ...slots]
  // Parameters that no part has would have no type.
  if (slots.includes(from.slot)) values.push(from.sequence, from.ordinal)
  const place = `($1::bigint, $${slots.length + 3}::bigint, $${slots.length + 4}::smallint)`
  const parts = slots.map(
    (slot, index) => `(select ${columns} from hearth.effects e
      where e.state = 'owed' and ${sort(which)} and e.slot = $${index + 3}::smallint and ${beyond(slot, from.slot, place)}
      ${order} limit $2::integer)`,
  )
  return {
    text: `select e.*, a.tenant, a.home, a.kind as actor_kind, a.id
      from (select * from (${parts.join(' union all ')}) e ${order} limit $2::integer) e
      join hearth.actors a on a.actor = e.actor ${order}`,
    values: values.map(String),
    seldom: true,
  }
}

/**
 * What of a slot comes after the place where the last answer ended, as the index finds it. Where a hundred thousand are due at the
 * same second, all that was answered before would be passed over otherwise, at each question.
 */
function beyond(slot: number, last: number, place: string): string {
  if (slot === last) return `e.due >= $1::bigint and (e.due, e.sequence, e.ordinal) > ${place}`
  return slot < last ? 'e.due > $1::bigint' : 'e.due >= $1::bigint'
}

/** What stands in a line has a row of its own from the first: its attempt is never recorded where it is asked for. */
export const firstsOf = (lines: readonly Line[]): Statement => ({
  text: `select e.*, a.tenant, a.home, a.kind as actor_kind, a.id
    from unnest($1::smallint[], $2::text[]) g(slot, ordering) cross join lateral (select ${columns} from hearth.effects e
      where e.slot = g.slot and e.ordering = g.ordering and e.state = 'owed'
      order by e.slot, e.ordering, e.sequence, e.ordinal limit 1) e
    join hearth.actors a on a.actor = e.actor`,
  values: [numbers(lines.map(({ slot }) => slot)), texts(lines.map(({ order }) => order))],
})

export const toEffectRow = (row: Record<string, unknown>): EffectRow => ({
  slot: Number(row['slot']),
  sequence: Number(row['sequence']),
  ordinal: Number(row['ordinal']),
  actor: Number(row['actor']),
  address: addressOf(row, 'actor_kind'),
  kind: String(row['kind']),
  due: Number(row['due']),
  attempt: Number(row['attempt']),
  person: row['person'] as string | null,
  request: row['request'] as Buffer,
  ...(typeof row['ordering'] === 'string' ? { order: row['ordering'] } : {}),
})

/** Of the rows in hearth.effects and those owed by the log alone: a writer knows these of slots that it claimed, and reads the others'. */
export async function owedOf(run: Run, logged: LoggedEffects, ...question: Question): Promise<readonly EffectRow[]> {
  const [slots, which, after, limit] = question
  const rows = await rowsOf(run, question)
  if (which === 'timers') return rows
  const strange = slots.filter((slot) => !logged.knows(slot))
  const read = strange.length === 0 ? [] : (await readOwedInLog(run, strange)).owed
  const unfiled = [...logged.owed(slots), ...read].filter((row) => after === null || inOrder(row, after) > 0)
  return unfiled.length === 0 ? rows : [...rows, ...unfiled].toSorted(inOrder).slice(0, limit)
}

interface Next {
  readonly slot: number
  readonly due: number
}

/** So many slots are asked first where more than that owe something of the same moment. */
const fewSlots = 16

async function rowsOf(run: Run, [slots, which, after, limit]: Question): Promise<readonly EffectRow[]> {
  const next = (await run(owing(slots, which, after, limit)))
    .map((row): Next => ({ slot: Number(row['slot']), due: Number(row['due']) }))
    .toSorted(soonest)
  if (next.length === 0) return []
  const ask = async (of: readonly Next[], from: Question[2], most: number): Promise<EffectRow[]> => {
    const ofSlots = of.map(({ slot }) => slot).toSorted((one, other) => one - other)
    return (await run(owed(ofSlots, which, from, most))).map(toEffectRow)
  }
  const until = next[fewSlots]
  if (until === undefined || until.due !== next[0]?.due) return ask(next, after, limit)
  // Each part is planned anew at each question, which costs more than what it reads.
  const rows = await ask(next.slice(0, fewSlots), after, limit)
  const first = rows.filter((row) => soonest(row, until) < 0)
  if (first.length === limit) return first
  return [...first, ...(await ask(next, first.at(-1) ?? after, limit - first.length))]
}

const soonest = (one: Next, other: Next): number => one.due - other.due || one.slot - other.slot
