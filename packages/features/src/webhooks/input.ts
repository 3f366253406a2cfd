import { randomBytes } from 'node:crypto'
import { HearthError } from '@hearth/protocol'
import * as z from 'zod'
import type { Caller } from '../feature.ts'
import { invalid } from '../position-in.ts'
import { tenantHome } from '../tenant.ts'
import type { Webhook } from './actor.ts'

export const eventTypes = z
  .array(z.enum(['reminder.rang', 'webhook.disabled']))
  .min(1)
  .max(20)

export const addressOf = (tenant: string) => ({ tenant, home: tenantHome, kind: 'webhooks', id: 'all' })

export const allOf = (caller: Pick<Caller, 'reference'>): readonly Webhook[] =>
  (caller.reference('webhooks') ?? []) as unknown as readonly Webhook[]

export function webhookOf(caller: Pick<Caller, 'reference'>, id: string): Webhook {
  const webhook = allOf(caller).find((one) => one.id === id)
  if (webhook === undefined) throw new HearthError('webhooks.unknown', 'There is no webhook with this id.')
  return webhook
}

export function parseTarget(text: string): URL {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '' || url.port === '0')
    throw invalid('url', 'must be an http or https address without credentials')
  return url
}

export function parseSecret(text: string): string {
  const match = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)
  const bytes = Buffer.from(match?.[1] ?? '', 'base64')
  if (match === null || bytes.length < 24 || bytes.length > 64 || bytes.toString('base64') !== match[1])
    throw invalid('secret', 'must be whsec_ and the base64 of 24 to 64 bytes')
  return text
}

export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`
