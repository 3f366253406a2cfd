import { features, type Feature } from '@hearth/features'
import type { Actor, EffectKind } from '@hearth/kernel'

function probeFeature(): Feature {
  const found = features.find(({ name }) => name === 'probe')
  if (found === undefined) throw new Error('there is no feature of the name probe')
  return found
}

/** Makes the probe's events personal: sealed, under a key of their home. */
export function makePersonal(): void {
  for (const actor of probeFeature().actors) Object.assign<Actor, Partial<Actor>>(actor, { personal: true })
}

const twoAttempts = (kind: EffectKind): EffectKind => ({
  ...kind,
  backoffMs: () => 0,
  run: (_request, { attempt }) =>
    Promise.resolve(attempt === 1 ? { type: 'retryable', reason: '', afterMs: 0 } : { type: 'done', value: null }),
})

/** Every effect of the probe needs a second attempt, which is recorded in a commit before it starts. */
export function needSecondAttempt(): void {
  const feature = probeFeature()
  const original = feature.effects
  const effects: typeof original = (tools) =>
    (original?.(tools) ?? []).map((kind) => (kind.kind === 'none' ? twoAttempts(kind) : kind))
  Object.assign(feature, { effects })
}
