import { actor, refuse } from '@hearth/kernel'
import type { Json } from '@hearth/protocol'

/** A place that is told what happens. */
export interface Webhook {
  readonly id: string
  readonly events: readonly string[]
  /** Its address and secret: at many receivers whoever knows the address may post. */
  readonly sealed: string
  /** Made by a caller who may name private addresses. */
  readonly allowPrivate: boolean
}

/** What a receiver made of a test. */
export type Tested = { readonly ok: boolean; readonly status?: number; readonly reason?: string }

export type WebhookCommand =
  | { readonly type: 'create'; readonly webhook: Webhook; readonly answer: Json }
  | { readonly type: 'remove'; readonly id: string }
  | { readonly type: 'tested'; readonly id: string; readonly tested: Tested }

export type WebhookEvent =
  | { readonly type: 'webhook.created'; readonly webhook: Webhook }
  | { readonly type: 'webhook.removed'; readonly id: string }
  | ({ readonly type: 'webhook.tested'; readonly id: string } & Tested)

type State = readonly Webhook[]

const most = 100

export const webhooks = actor<State, WebhookCommand, WebhookEvent>({
  kind: 'webhooks',
  personal: false,
  initial: [],
  shape: 1,
  events: { 'webhook.created': [], 'webhook.removed': [], 'webhook.tested': [] },
  decide: (state, command) => {
    switch (command.type) {
      case 'create':
        if (state.length >= most) return refuse('webhooks.too-many', `There are ${most} webhooks already.`)
        return {
          type: 'accept',
          events: [{ type: 'webhook.created', webhook: command.webhook }],
          answer: command.answer,
        }
      case 'remove':
        if (!state.some((webhook) => webhook.id === command.id))
          return refuse('webhooks.unknown', 'There is no webhook with this id.')
        return { type: 'accept', events: [{ type: 'webhook.removed', id: command.id }], answer: { id: command.id } }
      case 'tested':
        // It may have been removed meanwhile: what was posted was posted all the same.
        return {
          type: 'accept',
          events: [{ type: 'webhook.tested', id: command.id, ...command.tested }],
          answer: command.tested,
        }
    }
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'webhook.created':
        return [...state, event.webhook]
      case 'webhook.removed':
        return state.filter((webhook) => webhook.id !== event.id)
      default:
        return state
    }
  },
  reference: { name: 'webhooks', of: (state) => state as unknown as Json },
})
