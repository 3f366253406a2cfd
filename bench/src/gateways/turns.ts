import type { BenchOptions } from '../main.ts'
import { direct } from './direct.ts'
import type { StartedPeers } from './gateways.ts'

export const ours = 'hearth'

/**
 * Round after round, one after the other in each; round 0 is to warm up. Who of the peers fails is stopped and left out from there on: which, and why.
 * What we or the upstream fail at, all fails at.
 */
export async function takeTurns(
  names: Iterable<string>,
  rounds: number,
  { say, signal, stop }: Pick<BenchOptions, 'say' | 'signal'> & Pick<StartedPeers, 'stop'>,
  turn: (name: string, round: number) => Promise<void>,
): Promise<ReadonlyMap<string, string>> {
  const all = [...names]
  const failed = new Map<string, string>()
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of all) {
      signal.throwIfAborted()
      if (failed.has(name)) continue
      try {
        await turn(name, round)
      } catch (error) {
        signal.throwIfAborted()
        if (name === ours || name === direct.name) throw error
        failed.set(name, `it was started, and then: ${error instanceof Error ? error.message : String(error)}`)
        say(`${name}: ${failed.get(name)}`)
        await stop(name)
      }
    }
  }
  return failed
}
