import type { Forgotten } from '@hearth/kernel'
import { hex, numbers, texts } from './literals.ts'
import type { Statement } from './statement.ts'
import { tableOf } from './view-tables.ts'

const theirs = 'tenant = ($1::text[])[1] and home = ($2::text[])[1]'
const actors = `actor in (select a.actor from hearth.actors a where a.${theirs.replace(' and ', ' and a.')})`

/** Parts of a commit that replace a person's key and remove what was derived from what it sealed. */
export const forgetting = ({ key, views }: Forgotten, slots: readonly number[]): readonly Statement[] => {
  const values = [texts([key.tenant]), texts([key.home])]
  const removing = (text: string): Statement => ({ text, values, seldom: true })
  return [
    {
      text: `insert into hearth.home_keys (tenant, home, person, wrapped, since)
        select * from unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::bigint[])
        on conflict (home, person, tenant) do update set wrapped = excluded.wrapped, since = excluded.since`,
      values: [...values, texts([key.person]), hex([key.wrapped]), numbers([key.since])],
    },
    removing(`delete from hearth.snapshots where person is not null and ${actors}`),
    {
      // Those of a home lie in its slot, which is the batch's: among all effects they are not found by their actor.
      text: `delete from hearth.effects where slot = any ($3::smallint[]) and person is not null and ${actors}`,
      values: [...values, numbers(slots)],
      seldom: true,
    },
    removing(`delete from hearth.dead_letters where person is not null and ${theirs}`),
    ...views.map((view) => removing(`delete from ${tableOf(view)} where ${theirs}`)),
  ]
}
