import { numbers, texts } from './literals.ts'
import type { Statement } from './statement.ts'

/** Makes owed again what waits for one of `met`, in the slots that are the owner's at this moment. */
export const waking = (slots: readonly number[], owner: string, met: readonly string[], limit: number): Statement => ({
  text: `with held as materialized (
      select slot from hearth.slots where slot = any ($1::smallint[]) and owner = $2::text order by slot for share),
    found as materialized (
      select e.slot, e.sequence, e.ordinal from unnest($3::text[]) g(needs)
        join hearth.effects e on e.state = 'waiting' and e.failure = g.needs join held on held.slot = e.slot
       order by e.slot, e.sequence, e.ordinal limit $4::integer),
    woken as (
      update hearth.effects e set state = 'owed', failure = null from found f
       where e.slot = f.slot and e.sequence = f.sequence and e.ordinal = f.ordinal
       returning e.slot, e.sequence, e.ordinal, e.actor, e.kind, e.due, e.attempt, e.person, e.request, e.ordering)
    select w.*, a.tenant, a.home, a.kind as actor_kind, a.id from woken w join hearth.actors a on a.actor = w.actor`,
  values: [numbers(slots), owner, texts(met), String(limit)],
  seldom: true,
})
