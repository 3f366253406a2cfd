import type { EffectTools } from '../feature.ts'
import { documentName } from './actor.ts'

/** A sealed secret opens under its own name and tenant only. */
export const sealedUnder = (tenant: string, name: string): string => `secret ${tenant} ${name}`

/** What is kept under a name, for an effect that uses it. Undefined where nothing is. */
export function openSecret(
  { references, vault }: Pick<EffectTools, 'references' | 'vault'>,
  tenant: string,
  name: string,
): string | undefined {
  const sealed = references.get(tenant, documentName(name))
  return typeof sealed === 'string' ? vault.open(sealed, sealedUnder(tenant, name)) : undefined
}
