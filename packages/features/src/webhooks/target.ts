import type { Vault } from '../feature.ts'
import type { Webhook } from './actor.ts'

export interface Target {
  readonly url: string
  readonly secret: string
  /** What signs as well, for a while. */
  readonly former?: { readonly secret: string; readonly until: number }
}

/** The type of what `webhooks.test` posts. */
export const testType = 'webhook.test'

const about = (webhook: string): string => `webhook ${webhook}`

export const sealTarget = (vault: Vault, webhook: string, target: Target): string =>
  vault.seal(JSON.stringify(target), about(webhook))

export const openTarget = (vault: Vault, { id, sealed }: Pick<Webhook, 'id' | 'sealed'>): Target =>
  JSON.parse(vault.open(sealed, about(id))) as Target

/** The secrets that sign at this time. */
export const secretsAt = ({ secret, former }: Target, at: number): readonly string[] =>
  former === undefined || former.until <= at ? [secret] : [secret, former.secret]
