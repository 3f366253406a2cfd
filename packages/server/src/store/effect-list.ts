import type { EffectPlace, EffectQuery, ListedEffect } from '@hearth/features'
import { formatEffectId, parseEffectId, slotCount, type EffectId } from '@hearth/kernel'
import { formatAddress } from '@hearth/protocol'
import type { Sql } from 'postgres'
import { addressOf } from './address-of.ts'
import { readOwedInLog } from './owed-in-log.ts'

const letter = 'command.'

/** One more than asked for where there are more. Commands that were set aside come after the effects. */
export async function listEffects(sql: Sql, query: EffectQuery): Promise<readonly ListedEffect[]> {
  const { state, after, limit } = query
  const inTable = after?.startsWith(letter) === true ? [] : await effectsOf(sql, query)
  const effects = state === 'owed' ? merged(inTable, await loggedOf(sql, after), limit) : inTable
  if (state !== 'dead' || effects.length > limit) return effects
  const letters = await lettersOf(sql, after?.startsWith(letter) === true ? after.slice(letter.length) : '', limit)
  return [...effects, ...letters].slice(0, limit + 1)
}

const allSlots = Array.from({ length: slotCount }, (_, slot) => slot)

/** Owed by their log row alone: what was asked for a moment ago. */
export const owedByLog = (sql: Sql) =>
  readOwedInLog((statement) => sql.unsafe(statement.text, [...statement.values]), allSlots)

async function loggedOf(sql: Sql, after: string | undefined): Promise<readonly ListedEffect[]> {
  const { owed } = await owedByLog(sql)
  const from = after === undefined ? null : parseEffectId(after)
  return owed
    .filter((row) => from === null || byId(row, from) > 0)
    .map((row) => ({
      id: formatEffectId(row),
      address: formatAddress(row.address),
      kind: row.kind,
      due: row.due,
      attempt: row.attempt,
      failure: null,
    }))
}

const byId = (a: EffectId, b: EffectId): number => a.slot - b.slot || a.sequence - b.sequence || a.ordinal - b.ordinal

// Between the two questions one may have moved into the table.
function merged(
  table: readonly ListedEffect[],
  logged: readonly ListedEffect[],
  limit: number,
): readonly ListedEffect[] {
  const known = new Set(table.map(({ id }) => id))
  return [...table, ...logged.filter(({ id }) => !known.has(id))]
    .toSorted((a, b) => byId(parseEffectId(a.id), parseEffectId(b.id)))
    .slice(0, limit + 1)
}

async function effectsOf(sql: Sql, { state, after, limit }: EffectQuery): Promise<readonly ListedEffect[]> {
  const from = after === undefined ? { slot: -1, sequence: 0, ordinal: 0 } : parseEffectId(after)
  const rows = await sql`
    select e.slot, e.sequence, e.ordinal, e.kind, e.due, e.attempt, e.failure, a.tenant, a.home, a.kind as actor_kind, a.id
    from hearth.effects e join hearth.actors a on a.actor = e.actor
    where e.state = ${state} ${state === 'owed' ? sql`` : sql`and e.state <> 'owed'`}
      and (e.slot, e.sequence, e.ordinal) > (${from.slot}::smallint, ${from.sequence}::bigint, ${from.ordinal}::smallint)
    order by e.slot, e.sequence, e.ordinal limit ${limit + 1}`
  return rows.map((row) => ({
    id: formatEffectId({
      slot: Number(row['slot']),
      sequence: Number(row['sequence']),
      ordinal: Number(row['ordinal']),
    }),
    address: formatAddress(addressOf(row, 'actor_kind')),
    kind: String(row['kind']),
    due: Number(row['due']),
    attempt: Math.abs(Number(row['attempt'])),
    failure: row['failure'] as string | null,
  }))
}

async function lettersOf(sql: Sql, after: string, limit: number): Promise<readonly ListedEffect[]> {
  const rows = await sql`
    select command, address, at, failure from hearth.dead_letters where command > ${after} order by command limit ${limit + 1}`
  return rows.map((row) => ({
    id: `${letter}${String(row['command'])}`,
    address: String(row['address']),
    kind: 'command',
    due: Number(row['at']),
    attempt: 1,
    failure: String(row['failure']),
  }))
}

/** Where one of the list belongs, and how it stands. */
export async function effectPlace(sql: Sql, id: string): Promise<EffectPlace | undefined> {
  if (id.startsWith(letter)) {
    const [row] = await sql<{ address: string }[]>`
      select address from hearth.dead_letters where command = ${id.slice(letter.length)}`
    return row === undefined ? undefined : { address: row.address, state: 'dead' }
  }
  const { slot, sequence, ordinal } = parseEffectId(id)
  const [row] = await sql`
    select e.state, a.tenant, a.home, a.kind as actor_kind, a.id from hearth.effects e join hearth.actors a on a.actor = e.actor
    where e.slot = ${slot} and e.sequence = ${sequence} and e.ordinal = ${ordinal} and e.state <> 'over'`
  if (row !== undefined)
    return { address: formatAddress(addressOf(row, 'actor_kind')), state: row['state'] as EffectPlace['state'] }
  const logged = (await owedByLog(sql)).owed.find((one) => byId(one, { slot, sequence, ordinal }) === 0)
  return logged === undefined ? undefined : { address: formatAddress(logged.address), state: 'owed' }
}
