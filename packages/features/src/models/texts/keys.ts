import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto'
import type { EffectTools } from '../../feature.ts'
import { forgottenAt } from '../../people/forgotten.ts'
import { aboutKey, homeOf, termOf, type Term } from './term.ts'

type Tools = Pick<EffectTools, 'decide' | 'vault' | 'references'>

/** More than tenants with texts at one time may have. */
const mostHeld = 500

/** The keys of terms, as this process holds them: each is made once by whoever is the first of its day. */
export function createTermKeys({
  decide,
  vault,
  references,
}: Tools): (tenant: string, term: Term) => Promise<KeyObject> {
  const held = new Map<string, { readonly destroyed: number; readonly key: Promise<KeyObject> }>()

  const open = async (tenant: string, term: Term): Promise<KeyObject> => {
    const about = aboutKey(tenant, homeOf(term))
    const made = vault.seal(randomBytes(32).toString('base64'), about)
    const answer = await decide(termOf(tenant, term), { type: 'open', ...term, key: made } as { type: 'open' }, 1000)
    return keyIn(vault, (answer as unknown as { readonly key: string }).key, about)
  }

  return (tenant, term) => {
    const home = homeOf(term)
    const name = `${tenant}/${home}`
    const destroyed = forgottenAt(home, (document) => references.get(tenant, document))
    const known = held.get(name)
    if (known?.destroyed === destroyed) return known.key
    const key = open(tenant, term)
    held.set(name, { destroyed, key })
    key.catch(() => held.delete(name))
    const [oldest] = held.keys()
    if (held.size > mostHeld && oldest !== undefined) held.delete(oldest)
    return key
  }
}

export const keyIn = (vault: Pick<EffectTools['vault'], 'open'>, sealed: string, about: string): KeyObject =>
  createSecretKey(Buffer.from(vault.open(sealed, about), 'base64'))
