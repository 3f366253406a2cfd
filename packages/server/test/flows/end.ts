import type { Ground } from './server.ts'
import { views } from './stage.ts'
import { tableOf } from '../../src/store/view-tables.ts'

/** What a flow came to, without the names that chance gives. */
export interface End {
  readonly answers: readonly string[]
  /** How many of each type of event each actor has: deliveries end in any order. */
  readonly events: readonly string[]
  readonly views: Readonly<Record<string, readonly string[]>>
  readonly owed: readonly string[]
  readonly aside: readonly string[]
  /** One line for each token that the world saw. */
  readonly outside: readonly string[]
  readonly tombstones: readonly string[]
}

type Ended = Ground & { readonly heard: ReadonlyMap<string, string> }

export async function endOf({ stage, tenant, heard }: Ended): Promise<End> {
  const plain = (value: unknown): string =>
    JSON.stringify(value)
      .replaceAll(tenant, 'tenant')
      .replaceAll(/(rem|snd|wh|key)_[0-9a-z]{26}/g, '$1')
      .replaceAll(/hearth_[0-9a-z]{26}_[\w-]{43}/g, 'secret')
      .replaceAll(/\b\d{1,3}\.\d+\.\d+\b/g, 'effect')
  const all = (items: readonly unknown[]): readonly string[] => items.map(plain).toSorted()
  const { reader } = stage
  const effects = (state: 'owed' | 'dead' | 'stuck' | 'waiting') => reader.effects({ tenant, state, limit: 500 })
  const events = await stage.ask(
    tenant,
    (sql) => sql`
      select concat_ws('/', a.home, a.kind, a.id) as actor, type, count(*)
      from hearth.log l join hearth.actors a on a.actor = l.actor, string_to_table(l.types, ' ') as type group by 1, 2`,
  )
  const rows = await Promise.all(
    views.map(async (view) => {
      const found = await stage.ask(tenant, (sql) => sql.unsafe(`select * from ${tableOf(view)}`))
      return [view.name, all(found)] as const
    }),
  )
  const aside = await Promise.all((['dead', 'stuck', 'waiting'] as const).map(effects))
  const tombstones = (await stage.tombstones.all()).filter((tombstone) => tombstone.tenant === tenant)
  const posts = stage.outside.posts(tenant)
  return {
    answers: [...heard].map(plain),
    events: all(events),
    views: Object.fromEntries(rows),
    owed: all((await effects('owed')).map(({ address, kind, due, attempt }) => ({ address, kind, due, attempt }))),
    aside: all(aside.flat()),
    // A test that nobody heard the end of is made anew: nothing of it is owed.
    outside: [...new Set(all(posts).map((line) => line.replaceAll(/test_[0-9a-z]{26}/g, 'test')))],
    tombstones: all(tombstones),
  }
}
