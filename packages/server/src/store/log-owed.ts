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
 * The first few of each slot after the place where the last answer ended: read along the index, one plan whatever is asked. Where a
 * hundred thousand are due at the same second nothing is passed over but what was answered of the same slot and moment.
 */
export const owed = (...[slots, which, after, limit, ofEach]: [...Question, ofEach: number]): Statement => {
  const place = [after?.due ?? -1, after?.slot ?? -1, after?.sequence ?? -1, after?.ordinal ?? -1]
  return {
    text: `select e.*, a.tenant, a.home, a.kind as actor_kind, a.id
      from (select e.* from unnest($1::smallint[]) s(slot) cross join lateral (select ${columns} from hearth.effects e
          where e.state = 'owed' and ${sort(which)} and e.slot = s.slot
          and e.due >= $2::bigint + (case when s.slot < $3::smallint then 1 else 0 end)
          and (s.slot <> $3::smallint or (e.due, e.sequence, e.ordinal) > ($2::bigint, $4::bigint, $5::smallint))
          ${order} limit $6::integer) e
        ${order} limit $7::integer) e
      join hearth.actors a on a.actor = e.actor ${order}`,
    values: [numbers(slots), ...[...place, ofEach, limit].map(String)],
  }
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

/**
 * Answers are whole up to the last row of the first slot of which all that was asked for came. Slots are alike, mostly, so twice what
 * each would have of an even answer is asked of each; where one has far more than the others, what is left is asked of it alone.
 */
async function rowsOf(run: Run, [slots, which, after, limit]: Question): Promise<readonly EffectRow[]> {
  const rows: EffectRow[] = []
  for (let asked = slots; asked.length > 0 && rows.length < limit;) {
    const most = limit - rows.length
    const ofEach = Math.ceil((2 * limit) / asked.length)
    const found = (await run(owed(asked, which, rows.at(-1) ?? after, most, ofEach))).map(toEffectRow)
    const ends = endsOf(found, ofEach)
    const [edge] = ends
    const beyond = edge === undefined ? [] : found.filter((row) => inOrder(row, edge) > 0)
    rows.push(...found.slice(0, found.length - beyond.length))
    // All else was answered to its end.
    if (found.length < most) asked = [...new Set([...ends, ...beyond].map(({ slot }) => slot))]
  }
  return rows
}

/** The last row of each slot that has so many of the rows: behind it the slot may owe more. */
function endsOf(rows: readonly EffectRow[], count: number): readonly EffectRow[] {
  const counts = new Map<number, number>()
  return rows.filter((row) => {
    const seen = (counts.get(row.slot) ?? 0) + 1
    counts.set(row.slot, seen)
    return seen === count
  })
}
