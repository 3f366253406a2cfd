import { randomUUID } from 'node:crypto'
import type { KnowingTools, KnownCaller, KnownCallers } from '@hearth/features'
import type { Kernel } from '@hearth/kernel'
import type { Principal } from '@hearth/protocol'
import type { Installed } from '../installed.ts'

/** All who are known to the features that are on. */
export interface Known {
  find(shown: string): KnownCaller | undefined
  rateOf: KnownCallers['rateOf']
  /** They have called. */
  note(principal: Principal): void
}

const mostNoted = 10_000

export function createKnown(
  { features }: Pick<Installed, 'features'>,
  tools: KnowingTools,
  submit: Kernel['submit'],
): Known {
  const all = features.flatMap((feature) => feature.callers?.(tools) ?? [])
  const owners = new WeakMap<Principal, KnownCallers>()
  const noted = new Map<string, number>()
  return {
    find: (shown) => {
      for (const callers of all) {
        const known = callers.find(shown)
        if (known === undefined) continue
        owners.set(known.principal, callers)
        return known
      }
      return undefined
    },
    rateOf: (principal) => owners.get(principal)?.rateOf(principal) ?? null,
    note: (principal) => {
      const from = owners.get(principal)
      if (from === undefined) return
      const { tenant, id } = principal
      const name = `${tenant}/${id}`
      const time = tools.now()
      if (time - (noted.get(name) ?? 0) < from.noted.everyMs) return
      if (noted.size >= mostNoted) noted.clear()
      noted.set(name, time)
      const envelope = {
        type: 'command',
        id: randomUUID(),
        ...from.noted.note(principal),
        principal: 'hearth',
        correlation: id,
        key: null,
        bytes: 200,
        present: () => ({ status: 200, body: '' }),
      } as const
      // What could not be noted now is noted at the next call.
      submit(envelope).catch(() => noted.delete(name))
    },
  }
}
