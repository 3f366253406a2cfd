import { actor, refuse, type DecideContext, type Decision, type Tell } from '@hearth/kernel'
import { formatInstant, type Json } from '@hearth/protocol'
import { announcing, type Announcement } from './announce.ts'

/** A place that is told what happens. */
export interface Webhook {
  readonly id: string
  readonly events: readonly string[]
  /** Its address and secret: at many receivers whoever knows the address may post. */
  readonly sealed: string
  /** Made by a caller who may name private addresses. */
  readonly allowPrivate: boolean
  /** Nothing was delivered since, and something failed. */
  readonly failingSince?: number
  /** It is told nothing any more, until it is enabled. */
  readonly disabled?: Disabled
}

export interface Disabled {
  readonly at: number
  readonly reason: string
}

/** What a receiver made of a test. */
export type Tested = { readonly ok: boolean; readonly status?: number; readonly reason?: string }

/** What changes of a webhook. `was` is what the new seal was made from: another change may have come between. */
export interface Change {
  readonly events?: readonly string[]
  readonly sealed?: string
  readonly allowPrivate?: boolean
  readonly was?: string
}

export type WebhookCommand =
  | { readonly type: 'create'; readonly webhook: Webhook; readonly answer: Json }
  | { readonly type: 'change'; readonly id: string; readonly change: Change; readonly answer: Json }
  | { readonly type: 'remove'; readonly id: string }
  | { readonly type: 'enable'; readonly id: string }
  | { readonly type: 'tested'; readonly id: string; readonly tested: Tested }
  /** Told by what keeps its attempts. */
  | { readonly type: 'failing'; readonly id: string; readonly since: number; readonly reason: string }
  | { readonly type: 'recovered'; readonly id: string }
  | { readonly type: 'disable'; readonly id: string; readonly reason: string }
  /** Asked for by whoever had a delivery answered so. */
  | { readonly type: 'gone'; readonly id: string; readonly reason: string }

export type WebhookEvent =
  | { readonly type: 'webhook.created'; readonly webhook: Webhook }
  | ({ readonly type: 'webhook.changed'; readonly id: string } & Omit<Change, 'was'>)
  | { readonly type: 'webhook.removed'; readonly id: string }
  | { readonly type: 'webhook.failing'; readonly id: string; readonly since: number; readonly reason: string }
  | { readonly type: 'webhook.recovered'; readonly id: string }
  | ({ readonly type: 'webhook.disabled'; readonly id: string } & Disabled)
  | { readonly type: 'webhook.enabled'; readonly id: string }
  | ({ readonly type: 'webhook.tested'; readonly id: string } & Tested)

type State = readonly Webhook[]

const most = 100
export const healthKind = 'webhook-health'

const accept = (event: WebhookEvent, answer: Json = null, tells: readonly Tell[] = []): Decision<WebhookEvent> => ({
  type: 'accept',
  events: [event],
  answer,
  tells,
})
const nothing: Decision<WebhookEvent> = { type: 'accept', events: [], answer: null }

const definition = {
  kind: 'webhooks',
  personal: false,
  initial: [] as State,
  shape: 1,
  events: {
    'webhook.created': [],
    'webhook.changed': [],
    'webhook.removed': [],
    'webhook.failing': [],
    'webhook.recovered': [],
    'webhook.disabled': [],
    'webhook.enabled': [],
    'webhook.tested': [],
  },
  open: ['gone'],
  decide: (state: State, command: WebhookCommand, context: DecideContext): Decision<WebhookEvent> => {
    if (command.type === 'create')
      return state.length >= most
        ? refuse('webhooks.too-many', `There are ${most} webhooks already.`)
        : accept({ type: 'webhook.created', webhook: command.webhook }, command.answer)
    // It may have been removed meanwhile: what was posted was posted all the same.
    if (command.type === 'tested')
      return accept({ type: 'webhook.tested', id: command.id, ...command.tested }, command.tested)
    const webhook = state.find(({ id }) => id === command.id)
    return isHeard(command) ? heard(webhook, command, context) : wanted(webhook, command)
  },
  evolve: (state: State, event: WebhookEvent): State => {
    switch (event.type) {
      case 'webhook.created':
        return [...state, event.webhook]
      case 'webhook.removed':
        return state.filter((webhook) => webhook.id !== event.id)
      case 'webhook.tested':
        return state
      default:
        return state.map((webhook) => (webhook.id === event.id ? after(webhook, event) : webhook))
    }
  },
  reference: { name: 'webhooks', of: (state: State) => state as unknown as Json },
}

type Heard = Extract<WebhookCommand, { readonly type: 'failing' | 'recovered' | 'disable' | 'gone' }>
type Wanted = Extract<WebhookCommand, { readonly type: 'change' | 'remove' | 'enable' }>

const isHeard = (command: Heard | Wanted): command is Heard =>
  ['failing', 'recovered', 'disable', 'gone'].includes(command.type)

/** What somebody asked for. */
function wanted(webhook: Webhook | undefined, command: Wanted): Decision<WebhookEvent> {
  if (webhook === undefined) return refuse('webhooks.unknown', 'There is no webhook with this id.')
  const { id } = webhook
  const tell = (type: 'enabled' | 'removed'): Tell => ({ to: { kind: healthKind, id }, command: { type } })
  switch (command.type) {
    case 'change': {
      const { was, ...change } = command.change
      return was !== undefined && was !== webhook.sealed
        ? refuse('webhooks.changed-meanwhile', 'It was changed by somebody else meanwhile.')
        : accept({ type: 'webhook.changed', id, ...change }, command.answer, isMove(change) ? [tell('enabled')] : [])
    }
    case 'remove':
      return accept({ type: 'webhook.removed', id }, { id }, [tell('removed')])
    case 'enable':
      return webhook.disabled === undefined
        ? { type: 'accept', events: [], answer: { id } }
        : accept({ type: 'webhook.enabled', id }, { id }, [tell('enabled')])
  }
}

/** What became known of its receiver. It comes late, so that the webhook may be another one by then, or none. */
function heard(webhook: Webhook | undefined, command: Heard, { at }: DecideContext): Decision<WebhookEvent> {
  if (webhook === undefined || webhook.disabled !== undefined) return nothing
  const { id, failingSince } = webhook
  switch (command.type) {
    case 'failing':
      return failingSince === command.since
        ? nothing
        : accept({ type: 'webhook.failing', id, since: command.since, reason: command.reason })
    case 'recovered':
      return failingSince === undefined ? nothing : accept({ type: 'webhook.recovered', id })
    default:
      return accept({ type: 'webhook.disabled', id, at, reason: command.reason })
  }
}

/** To another address: what failed at the former one says nothing of it. */
const isMove = ({ allowPrivate }: Change): boolean => allowPrivate !== undefined

const keptOff = ({ disabled }: Webhook): Pick<Webhook, 'disabled'> => (disabled === undefined ? {} : { disabled })

function after(
  webhook: Webhook,
  event: Exclude<WebhookEvent, { readonly type: 'webhook.created' | 'webhook.removed' | 'webhook.tested' }>,
): Webhook {
  const { failingSince: _since, disabled: _disabled, ...rest } = webhook
  switch (event.type) {
    case 'webhook.changed': {
      const { type: _, id: _id, ...change } = event
      return isMove(change) ? { ...rest, ...keptOff(webhook), ...change } : { ...webhook, ...change }
    }
    case 'webhook.failing':
      return { ...webhook, failingSince: event.since }
    case 'webhook.disabled':
      return { ...rest, disabled: { at: event.at, reason: event.reason } }
    case 'webhook.recovered':
    case 'webhook.enabled':
      return rest
  }
}

/** The notice that a webhook is told nothing any more, for the others. */
function announcement(event: WebhookEvent): Announcement | null {
  if (event.type !== 'webhook.disabled') return null
  const { id, at, reason } = event
  return {
    id: `disabled_${id}.${at}`,
    type: 'webhook.disabled',
    at: formatInstant(at),
    data: { webhook: id, reason },
  }
}

export const webhooks = actor(announcing<State, WebhookCommand, WebhookEvent>(definition, announcement))
