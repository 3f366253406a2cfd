import { setTimeout as sleep } from 'node:timers/promises'
import { startUpstream } from '../upstream/upstream.ts'
import type { Behaviour, Upstream } from '../upstream/upstream.ts'

/** How a provider dies. */
export const deaths = ['killed', 'refuses', 'errors', 'hangs'] as const
export type Death = (typeof deaths)[number]

export interface Mortal extends AsyncDisposable {
  readonly upstream: () => Upstream
  readonly die: (how: Death) => Promise<void>
  readonly comeBack: () => Promise<void>
}

export async function startMortal(): Promise<Mortal> {
  let upstream = await startUpstream()
  let isDead = false
  const behave = (behaviour: Behaviour): Promise<void> => upstream.behave(behaviour)
  return {
    upstream: () => upstream,
    die: async (how) => {
      isDead = how === 'killed'
      await (how === 'killed' ? upstream.kill() : behave(how))
    },
    comeBack: async () => {
      if (isDead) upstream = await again(upstream.port)
      else await behave('well')
      isDead = false
    },
    [Symbol.asyncDispose]: () => upstream[Symbol.asyncDispose](),
  }
}

/** Where it was before: whoever knew it knows it again. */
async function again(port: number): Promise<Upstream> {
  for (let left = 20; ; left -= 1) {
    try {
      return await startUpstream(port)
    } catch (error) {
      if (left === 0) throw error
      await sleep(50)
    }
  }
}
