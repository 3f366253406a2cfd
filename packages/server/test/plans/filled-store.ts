import { features } from '@hearth/features'
import { slotOf, type View } from '@hearth/kernel'
import { openStore, type TestStore } from '../log/store.ts'
import { numbers, texts } from '../../src/store/literals.ts'
import { tableOf } from '../../src/store/view-tables.ts'

export const actors = features.flatMap((feature) => feature.actors)
export const operations = features.flatMap((feature) => feature.operations)
const views = [...new Map(actors.flatMap((actor) => actor.views ?? []).map((view) => [view.name, view])).values()]

/** A tenth of everything lies in one home, and a tenth of the log is one actor's: an average hides what is slow. */
export const big = { tenant: 'main', home: 'big', kind: 'reminder', id: 'rem_big' }
export const bigSlot = slotOf(big.tenant, big.home)
export const keyOf = (number: number): string => `rem_${String(number).padStart(10, '0')}`

const homes = Array.from({ length: 2000 }, (_, index) => (index % 10 === 0 ? big.home : `home-${index}`))
const slots = homes.map((home) => slotOf(big.tenant, home))

/** `rows` of each kind, in tables that were made by the real migrations, and analysed. */
export async function openFilledStore(
  rows: number,
  valuesOf: (column: string) => readonly string[],
): Promise<TestStore> {
  const store = await openStore(actors)
  const sql = store.as('commit')
  const places = `(select * from unnest($1::text[], $2::smallint[]) with ordinality h(home, slot, place)) h`
  const fill = (text: string) => sql.unsafe(text, [texts(homes), numbers(slots)])
  const id = (number: string) => `'rem_' || lpad((${number})::text, 10, '0')`
  await fill(`insert into hearth.actors (actor, tenant, slot, home, kind, id)
    select n, 'main', h.slot, h.home, 'reminder', case when n = 10 then '${big.id}' else ${id('n')} end
      from generate_series(1, ${Math.ceil(rows / 5)}) n join ${places} on h.place = 1 + n % 2000`)
  const actor = `case when n % 10 = 0 then 10 else 1 + (n - 1) / 5 end`
  await fill(`insert into hearth.log (slot, sequence, events, actor, version, at, tenant, person, types, data)
    select h.slot, n, 1, g.actor, n, n, 'main', null, 'test.noted', convert_to('["test","","",[0,{}]]', 'UTF8')
      from (select n, ${actor} as actor from generate_series(1, ${rows}) n) g join ${places} on h.place = 1 + g.actor % 2000`)
  await fill(`insert into hearth.effects (sequence, actor, due, slot, ordinal, attempt, tenant, state, failure, kind, request)
    select n, g.actor, 4000000000000 + n, h.slot, 0, 0, 'main', g.state, case when g.state = 'waiting' then 'kind a' end,
           case when n % 2 = 0 then 'timer' else 'webhook' end, ''
      from (select n, ${actor} as actor,
                   case n % 1000 when 1 then 'dead' when 3 then 'stuck' when 5 then 'waiting' else 'owed' end as state
              from generate_series(1, ${rows}) n) g join ${places} on h.place = 1 + g.actor % 2000`)
  // Of other homes: what lies here opens nothing.
  await fill(`insert into hearth.home_keys (tenant, home, person, wrapped)
    select 'main', 'other-' || n, 'self', '' from generate_series(1, ${Math.ceil(rows / 5)}) n join ${places} on h.place = 1`)
  await fill(`insert into hearth.keys (scope, hash, day, status, tenant, home, body)
    select gen_random_uuid(), gen_random_uuid(), floor(extract(epoch from now()) / 86400)::integer, 200, 'main', h.home, ''
      from generate_series(1, ${rows}) n join ${places} on h.place = 1 + n % 2000`)
  await fill(`insert into hearth.snapshots (actor, sequence, version, shape, tenant, data)
    select n, 0, 0, -1, 'main', '' from generate_series(1, ${Math.ceil(rows / 5)}) n join ${places} on h.place = 1 + n % 2000`)
  await fill(`insert into hearth.dead_letters (command, tenant, slot, at, address, home, failure, body)
    select ${id('n')}, 'main', h.slot, n, 'main/' || h.home || '/reminder/x', h.home, 'Error', ''
      from generate_series(1, ${rows}) n join ${places} on h.place = 1 + n % 2000`)
  // Files of actors that are nobody's: none is opened.
  await store.as('migrate').unsafe(`insert into hearth.archives
    select slot, first, first, 1, 1, 1, 1, 'none', '', '' from generate_series(0, 255) slot, generate_series(1, 100) first`)
  await store.as('migrate').unsafe(`insert into hearth.archived (actor, first)
    select -n, 1 + n % 100 from generate_series(1, ${rows}) n`)
  await store.as('migrate').unsafe(`insert into hearth.archived_homes (home, first)
    select sha256(n::text::bytea), 1 + n % 100 from generate_series(1, ${rows}) n`)
  for (const view of views) await fill(viewRows(view, rows, places, id, valuesOf))
  await sql`update hearth.slots set sequence = ${rows}, actors = ${rows}, owed_from = ${rows - 5}`
  await store.as('migrate').unsafe(`analyze`)
  return store
}

function viewRows(
  view: View,
  rows: number,
  places: string,
  id: (number: string) => string,
  valuesOf: (column: string) => readonly string[],
): string {
  const values = Object.entries(view.columns).map(([name, type]) => {
    if (type === 'bigint') return 'n'
    if (type === 'boolean') return 'n % 2 = 0'
    const known = valuesOf(name)
    // The last of what a column can hold is seldom: an index that does not help shows there.
    const often = known.slice(0, -1).map((value, index) => `when n % ${known.length - 1} = ${index} then '${value}'`)
    return known.length < 2 ? `'${name} ' || n` : `case when n % 9973 = 0 then '${known.at(-1)}' ${often.join(' ')} end`
  })
  return `insert into ${tableOf(view)} (tenant, home, key, ${Object.keys(view.columns).join(', ')})
    select 'main', h.home, ${id('n')}, ${values.join(', ')}
      from generate_series(1, ${rows}) n join ${places} on h.place = 1 + n % 2000`
}
