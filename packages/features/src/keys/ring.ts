import { HearthError, type Principal } from '@hearth/protocol'
import type { KnowingTools, KnownCaller, KnownCallers } from '../known-callers.ts'
import { tenantHome } from '../tenant.ts'
import { documentOf, isOfForgotten } from './above.ts'
import type { KeyDocument } from './actor.ts'
import { isHashOf, keyNamedBy } from './secret.ts'
import { usesMergeMs } from './use.ts'

/** Who without being bound to a home calls with a key acts in the owner's. */
const usualHome = 'owner'

/** Tells whose key it is from what the keys of all tenants have published. */
export function createKeyRing({ tenants, reference, now }: KnowingTools): KnownCallers {
  const documentIn = (tenant: string, id: string): KeyDocument | null =>
    documentOf((name) => reference(tenant, name), id)

  const isGone = (tenant: string, { revoked, home, created }: KeyDocument): boolean =>
    revoked || isOfForgotten(home, created, (name) => reference(tenant, name))

  const knownBy = (tenant: string, id: string, document: KeyDocument, shown: string): KnownCaller | undefined => {
    const { hash, former, scopes, home } = document
    const until = isHashOf(hash, shown) ? Infinity : former !== null && isHashOf(former.hash, shown) ? former.until : -1
    if (until < 0) return undefined
    const ends = Math.min(until, document.expires ?? Infinity)
    if (now() >= ends) throw new HearthError('auth.key-expired', 'This key has expired.')
    const bound = home === null ? {} : { bound: true }
    return {
      principal: { tenant, kind: 'key', id, home: home ?? usualHome, scopes, ...bound },
      isCurrent: () => now() < ends && documentIn(tenant, id) === document && !isGone(tenant, document),
    }
  }
  return {
    find: (shown) => {
      const id = keyNamedBy(shown)
      if (id === undefined) return undefined
      for (const tenant of tenants()) {
        const document = documentIn(tenant, id)
        if (document !== null && !isGone(tenant, document)) return knownBy(tenant, id, document, shown)
      }
      return undefined
    },
    rateOf: ({ tenant, kind, id }: Principal) => (kind === 'key' ? (documentIn(tenant, id)?.rate ?? null) : null),
    noted: {
      everyMs: usesMergeMs,
      note: ({ tenant, id }) => ({
        address: { tenant, home: tenantHome, kind: 'key-use', id },
        command: { type: 'used' },
      }),
    },
  }
}
