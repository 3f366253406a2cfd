import { randomBytes } from 'node:crypto'
import type { Ground } from '../src/ground.ts'
import { masterKey, type Actor } from '../src/index.ts'

/** What a batch is decided on where nothing was before, save what is given: one slot, at position 40. */
export const groundOf = (slot: number, actors: readonly Actor[], more: Partial<Ground> = {}): Ground => ({
  at: 1000,
  now: 1000,
  snapshotAfter: 100,
  slots: new Map([[slot, { slot, epoch: 1, sequence: 40, actors: 2, head: Buffer.alloc(32) }]]),
  master: masterKey(randomBytes(32)),
  actors: new Map(actors.map((actor) => [actor.kind, actor])),
  hot: () => undefined,
  homeKey: () => undefined,
  forgottenAt: () => 0,
  kept: () => undefined,
  owed: () => undefined,
  owedTo: () => [],
  reference: () => undefined,
  told: () => undefined,
  kind: () => ({ beginsApart: false, leased: false }),
  ...more,
})
