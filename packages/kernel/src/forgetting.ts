import type { Address } from '@hearth/protocol'
import type { View } from './actor.ts'
import type { Deciding } from './ground.ts'
import { homeKeyName, makeHomeKey, self } from './home-keys.ts'

/**
 * Forgets the person whose home it is: a new key takes the place of theirs, which is gone with it, and seals what comes after this
 * position. What was owed to them is owed no more. The rows of the log stay as they lie, so their chain holds.
 */
export function forget({ ground, draft }: Deciding, { tenant, home }: Address, slot: number): void {
  const { row, key } = makeHomeKey(ground.master, tenant, home, self)
  const personal = [...ground.actors.values()].filter((actor) => actor.personal)
  const views = new Map(personal.flatMap((actor) => actor.views ?? []).map((view: View) => [view.name, view]))
  const since = draft.nextSequence(slot)
  draft.forget(homeKeyName(tenant, home, self), { key: { ...row, since }, views: [...views.values()] }, key)
  for (const effect of ground.owedTo(tenant, home)) if (effect.person !== null) draft.settle(effect, tenant)
}
