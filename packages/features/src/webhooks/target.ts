import type { Vault } from '../feature.ts'
import type { Webhook } from './actor.ts'

export interface Target {
  readonly url: string
  readonly secret: string
}

const about = (webhook: string): string => `webhook ${webhook}`

export const sealTarget = (vault: Vault, webhook: string, target: Target): string =>
  vault.seal(JSON.stringify(target), about(webhook))

export const openTarget = (vault: Vault, { id, sealed }: Webhook): Target =>
  JSON.parse(vault.open(sealed, about(id))) as Target
