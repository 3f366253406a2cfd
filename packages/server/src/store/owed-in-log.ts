import { formatEffectId, parseEffectId, type EffectId, type EffectRow, type LogRow } from '@hearth/kernel'
import { addressOf } from './address-of.ts'
import { numbers } from './literals.ts'
import type { Run, Statement } from './statement.ts'

type OwedInRow = readonly [ordinal: number, kind: string, due: number, request: string]

/** What a log row owes, in a form of its own: the request of a personal effect is sealed, the others' can be read. */
export const writeOwed = (effects: readonly EffectRow[], { at }: Pick<LogRow, 'at'>): string =>
  JSON.stringify(
    effects.map(({ ordinal, kind, due, person, request }): OwedInRow => [
      ordinal,
      kind,
      due - at,
      request.toString(person === null ? 'utf8' : 'base64'),
    ]),
  )

// The limits keep each part apart for every slot: joined to the slots as a whole they look like half of the log.
const most = 1_000_000

/** The rows of slots that have to be read for what is owed: those that owe something and those that end it. */
export const owingRows = (slots: readonly number[]): Statement => ({
  text: `select l.slot, l.sequence, l.actor, l.at, l.person, l.owes, l.ends, a.tenant, a.home, a.kind, a.id
    from hearth.slots s cross join lateral (select * from hearth.log l where l.slot = s.slot and l.sequence >= s.owed_from
      order by l.slot, l.sequence limit ${most}) l
    join hearth.actors a on a.actor = l.actor
    where s.slot = any ($1::smallint[]) and (l.owes is not null or l.ends is not null)
    order by l.slot, l.sequence`,
  values: [numbers(slots)],
})

/** Effects whose log row is still read although they have a row of their own. */
export const movedRows = (slots: readonly number[]): Statement => ({
  text: `select e.slot, e.sequence, e.ordinal, e.state from hearth.slots s cross join lateral (
      select * from hearth.effects e where e.slot = s.slot and e.sequence >= s.owed_from
      order by e.slot, e.sequence, e.ordinal limit ${most}) e
    where s.slot = any ($1::smallint[]) and e.kind <> 'timer'`,
  values: [numbers(slots)],
})

const idOf = (row: Record<string, unknown>): EffectId => ({
  slot: Number(row['slot']),
  sequence: Number(row['sequence']),
  ordinal: Number(row['ordinal']),
})

interface OwedInLog {
  readonly owed: readonly EffectRow[]
  /** Rows of state `over`. */
  readonly over: readonly EffectId[]
}

/** What the slots owe by their log rows alone, as far as whoever asks may see it. */
export async function readOwedInLog(run: Run, slots: readonly number[]): Promise<OwedInLog> {
  const [rows, moved] = await Promise.all([run(owingRows(slots)), run(movedRows(slots))])
  return owedInLog(rows, moved)
}

function owedInLog(rows: readonly Record<string, unknown>[], moved: readonly Record<string, unknown>[]): OwedInLog {
  const over = moved.filter((row) => row['state'] === 'over').map(idOf)
  const gone = new Set(moved.map((row) => formatEffectId(idOf(row))))
  for (const { slot, ends } of rows)
    if (ends !== null) for (const id of readEnds(Number(slot), String(ends))) gone.add(id)
  const owed = rows.flatMap((row) => (row['owes'] === null ? [] : readOwed(row)))
  return { owed: owed.filter((effect) => !gone.has(formatEffectId(effect))), over }
}

function readOwed(row: Record<string, unknown>): readonly EffectRow[] {
  const person = row['person'] as string | null
  const owes = JSON.parse((row['owes'] as Buffer).toString('utf8')) as readonly OwedInRow[]
  return owes.map(([ordinal, kind, due, request]) => ({
    slot: Number(row['slot']),
    sequence: Number(row['sequence']),
    ordinal,
    actor: Number(row['actor']),
    address: addressOf(row),
    kind,
    due: Number(row['at']) + due,
    attempt: 1,
    person,
    request: Buffer.from(request, person === null ? 'utf8' : 'base64'),
  }))
}

/** Without their slot, which is the row's. */
export const writeEnds = (ids: readonly EffectId[]): string =>
  ids.map(({ sequence, ordinal }) => `${sequence}.${ordinal}`).join(',')

const readEnds = (slot: number, ends: string): readonly string[] =>
  ends.split(',').map((id) => formatEffectId(parseEffectId(`${slot}.${id}`)))
