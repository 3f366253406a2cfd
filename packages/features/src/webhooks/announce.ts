import { askOf, type ActorDefinition, type Ask, type DecideContext, type Decision } from '@hearth/kernel'
import type { Settlement, Tagged, Upcast, View } from '@hearth/kernel'
import type { Json } from '@hearth/protocol'
import { tenantHome } from '../tenant.ts'
import type { Webhook } from './actor.ts'
import { deliveriesView, isDelivery, type DeliveryEvent } from './deliveries.ts'

/** An event as the outside is told of it. `id` is the same at every telling. */
export interface Announcement {
  readonly id: string
  readonly type: string
  readonly at: string
  readonly data: Json
}

export interface DeliveryRequest {
  readonly webhook: string
  readonly body: Announcement
}

const deliveryEvents: Readonly<Record<DeliveryEvent['type'], readonly Upcast[]>> = {
  'webhook.delivered': [],
  'webhook.failed': [],
}

/**
 * Gives an actor's events to the webhooks that want them: in the commit that holds the event, a delivery is owed for each.
 * What became of a delivery is an event of the same actor, which its state does not see.
 */
export function announcing<S, C extends Tagged, E extends Tagged>(
  definition: ActorDefinition<S, C, E>,
  announce: (event: E, state: S, context: DecideContext) => Announcement | null,
): ActorDefinition<S, C, E | DeliveryEvent> {
  const told = (decision: Decision<E>, state: S, context: DecideContext): Decision<E> => {
    if (decision.type === 'refuse') return decision
    const deliveries = decision.events.flatMap((event) => deliveriesOf(announce(event, state, context), context))
    return deliveries.length === 0 ? decision : { ...decision, asks: [...(decision.asks ?? []), ...deliveries] }
  }
  const { events } = definition
  return {
    ...definition,
    ...(events === undefined ? {} : { events: { ...events, ...deliveryEvents } }),
    decide: (state, command, context) => told(definition.decide(state, command, context), state, context),
    settle: (state, settlement, context) => {
      if (settlement.kind === 'webhook') return ended(settlement, context)
      if (isOfGone(settlement)) return { type: 'accept', events: [] }
      if (definition.settle === undefined) throw new Error(`${definition.kind} settles no ${settlement.kind}`)
      return told(definition.settle(state, settlement, context), state, context)
    },
    evolve: (state, event) => (isDelivery(event) ? state : definition.evolve(state, event as E)),
    views: [...(definition.views ?? []).map(besideDeliveries), deliveriesView],
  }
}

const besideDeliveries = <S, E extends Tagged>(view: View<S, E>): View<S, E | DeliveryEvent> => ({
  ...view,
  project: (state, event, meaning) => (isDelivery(event) ? [] : view.project(state, event as E, meaning)),
})

function deliveriesOf(announcement: Announcement | null, context: DecideContext): readonly Ask[] {
  if (announcement === null) return []
  const isAbout = (id: string): boolean => (announcement.data as { readonly webhook?: string } | null)?.webhook === id
  const webhooks = (context.reference('webhooks') ?? []) as unknown as readonly Webhook[]
  return webhooks
    .filter(({ id, events, disabled }) => events.includes(announcement.type) && disabled === undefined && !isAbout(id))
    .map((webhook) => ({ kind: 'webhook', request: { webhook: webhook.id, body: announcement } as unknown as Json }))
}

/** What a receiver answers that will never take anything again. */
export const goneReason = 'the receiver answered 410'

/** A receiver that is gone has its webhook disabled, by whoever comes to know of it. */
function ended(settlement: Settlement, context: DecideContext): Decision<DeliveryEvent> {
  const event = deliveryEvent(settlement)
  if (event.type === 'webhook.delivered' || event.answer !== goneReason) return { type: 'accept', events: [event] }
  const to = { tenant: context.address.tenant, home: tenantHome, kind: 'webhooks', id: 'all' }
  const command = { type: 'gone', id: event.webhook, reason: goneReason }
  return { type: 'accept', events: [event], asks: [askOf({ to, command }, context)] }
}

const isOfGone = ({ kind, request }: Settlement): boolean =>
  kind === 'ask' && (request as { readonly command?: Tagged } | null)?.command?.type === 'gone'

function deliveryEvent({ request, attempt, outcome }: Settlement): DeliveryEvent {
  const { webhook, body } = request as unknown as DeliveryRequest
  const told = { webhook, id: body.id, event: body.type, attempt }
  if (outcome.type === 'failed') return { type: 'webhook.failed', ...told, answer: outcome.reason }
  // A person may have said that it was done.
  const { status = null, ms } = (outcome.value ?? {}) as Partial<Answered>
  return { type: 'webhook.delivered', ...told, answer: status, ...(ms === undefined ? {} : { ms }) }
}

/** What a delivery ends with that was taken. */
export interface Answered {
  readonly status: number
  readonly ms: number
}
