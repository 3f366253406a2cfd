import { addSlowHome, slowHome } from './slow-home.ts'
import type { Variant } from '../variant.ts'

const withLanes = (lanes: number): Variant => ({
  name: `lanes.${lanes}`,
  about: `${lanes} ${lanes === 1 ? 'lane' : 'lanes'}; the product has as many as cores, two to four.`,
  lanes,
})

const withBatch = (maxBatch: number): Variant => ({
  name: `lanes.batch-${maxBatch}`,
  about: `At most ${maxBatch} commands and results in a batch; the product takes 256.`,
  unfair:
    'With 256 connections over the lanes a batch is seldom fuller than 128, so larger limits show under a burst only.',
  settings: { maxBatch },
})

export const lanes: readonly Variant[] = [
  ...[1, 2, 4, 8].map(withLanes),
  ...[64, 256, 1024].map(withBatch),
  {
    name: 'lanes.slow-home',
    about: 'Beside the load, 50 calls a second to one stream of an actor whose decide burns 5 ms of processor time.',
    change: addSlowHome,
    alongside: slowHome,
  },
  {
    name: 'lanes.slow-home-8',
    about: 'The same with 8 lanes.',
    lanes: 8,
    change: addSlowHome,
    alongside: slowHome,
  },
]
