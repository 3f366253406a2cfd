import { formatEffectId, type Aside, type DeadLetter, type EffectAside, type LoadRequest } from '@hearth/kernel'
import { texts } from './literals.ts'
import { toEffectRow } from './log-owed.ts'
import type { Run, Statement } from './statement.ts'

type Wanted = NonNullable<LoadRequest['aside']>

/** What is set aside, of what is asked for. */
export async function loadAside(run: Run, { effects, letters }: Wanted): Promise<Aside> {
  const [rows, found] = await Promise.all([
    effects.length === 0 ? [] : run(effectsAside(effects)),
    letters.length === 0 ? [] : run(lettersOf(letters)),
  ])
  return {
    effects: rows.map((row) => ({ ...toEffectRow(row), state: row['state'] as EffectAside['state'] })),
    letters: found.map((row) => ({ ...row, slot: Number(row['slot']), at: Number(row['at']) }) as DeadLetter),
  }
}

const effectsAside = (effects: Wanted['effects']): Statement => ({
  text: `select e.slot, e.sequence, e.ordinal, e.actor, e.kind, e.due, e.attempt, e.person, e.request, e.ordering, e.state,
      a.tenant, a.home, a.kind as actor_kind, a.id
    from unnest($1::text[]) g(name)
    join hearth.effects e on e.slot = split_part(g.name, '.', 1)::smallint and e.sequence = split_part(g.name, '.', 2)::bigint
      and e.ordinal = split_part(g.name, '.', 3)::smallint and e.state in ('dead', 'stuck')
    join hearth.actors a on a.actor = e.actor`,
  values: [texts(effects.map(formatEffectId))],
  seldom: true,
})

const lettersOf = (letters: Wanted['letters']): Statement => ({
  text: `select tenant, slot, at, command, address, home, person, failure, body from hearth.dead_letters
    where command = any ($1::text[])`,
  values: [texts(letters)],
  seldom: true,
})
