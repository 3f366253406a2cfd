import { actor, type DecideContext, type Decision, type Tell, type View } from '@hearth/kernel'
import { formatInstant } from '@hearth/protocol'
import { healthKind, type Webhook } from './actor.ts'

const hourMs = 3_600_000

/** After so long without a delivery, and with attempts that failed all along, a webhook is disabled. */
export const longFailureMs = 5 * 24 * hourMs

/** A receiver is tried every four hours, or after a day where it asks for that: over a longer pause nothing is known of it. */
const longestPauseMs = 26 * hourMs

const mostKept = 100

/** An attempt that failed. */
export interface FailedAttempt {
  /** When it began. */
  readonly at: number
  /** The id of what was told. */
  readonly message: string
  readonly event: string
  readonly attempt: number
  readonly answer: string
  readonly ms: number
  /** When the next is made; null where none is, and the end of the delivery says the rest. */
  readonly next: number | null
}

export type HealthCommand =
  | {
      readonly type: 'tried'
      /** In order of time, and the newest of those there were. */
      readonly attempts: readonly FailedAttempt[]
      readonly omitted: number
      /** The last delivery that whoever notes this has seen. */
      readonly delivered: number | null
    }
  | { readonly type: 'delivered'; readonly at: number }
  | { readonly type: 'enabled' }
  | { readonly type: 'removed' }

type HealthEvent =
  | {
      readonly type: 'webhook.tried'
      readonly attempts: readonly FailedAttempt[]
      readonly omitted: number
      readonly since: number | null
    }
  | { readonly type: 'webhook.answered' }
  | { readonly type: 'webhook.cleared' }

interface Health {
  readonly attempts: readonly FailedAttempt[]
  readonly since: number | null
  readonly last: FailedAttempt | null
}

const initial: Health = { attempts: [], since: null, last: null }

/** The last attempt of each webhook that failed. */
export const failuresView: View<Health, HealthEvent> = {
  name: 'webhook_failures',
  version: 1,
  columns: { at: 'bigint', reason: 'text' },
  project: ({ last }, _event, { address }) =>
    last === null
      ? [{ type: 'remove', key: address.id }]
      : [{ type: 'put', key: address.id, row: { at: last.at, reason: last.answer } }],
}

/** The last attempts of each webhook that failed and were followed by others. */
export const attemptsView: View<Health, HealthEvent> = {
  name: 'webhook_attempts',
  version: 1,
  columns: { attempts: 'text' },
  project: ({ last, attempts }, _event, { address }) =>
    last === null
      ? [{ type: 'remove', key: address.id }]
      : [{ type: 'put', key: address.id, row: { attempts: JSON.stringify(attempts) } }],
}

/**
 * What failed at one webhook. Processes note it by themselves, seldom and together, so that what they know when they are killed is
 * lost: it is what a person looks at, and what it leads to rests on days of it.
 */
export const webhookHealth = actor<Health, HealthCommand, HealthEvent>({
  kind: healthKind,
  personal: false,
  initial,
  shape: 1,
  events: { 'webhook.tried': [], 'webhook.answered': [], 'webhook.cleared': [] },
  decide: (state, command, context): Decision<HealthEvent> => {
    switch (command.type) {
      case 'tried':
        return tried(state, command, context)
      case 'delivered':
        return state.since === null || command.at < state.since
          ? { type: 'accept', events: [] }
          : { type: 'accept', events: [{ type: 'webhook.answered' }], tells: [tell({ type: 'recovered' }, context)] }
      case 'enabled':
        return { type: 'accept', events: state.since === null ? [] : [{ type: 'webhook.answered' }] }
      case 'removed':
        return { type: 'accept', events: state.last === null ? [] : [{ type: 'webhook.cleared' }] }
    }
  },
  evolve: (state, event): Health => {
    switch (event.type) {
      case 'webhook.tried': {
        const { attempts, since } = event
        const followed = attempts.filter(({ next }) => next !== null)
        return {
          attempts: [...state.attempts, ...followed].slice(-mostKept),
          since,
          last: attempts.at(-1) ?? state.last,
        }
      }
      case 'webhook.answered':
        return { ...state, since: null }
      case 'webhook.cleared':
        return initial
      default:
        return state
    }
  },
  views: [failuresView, attemptsView],
})

const tell = (command: { readonly type: string }, { address }: DecideContext): Tell => ({
  to: { kind: 'webhooks', id: 'all' },
  command: { ...command, id: address.id } as Tell['command'],
})

function tried(
  state: Health,
  { attempts, omitted, delivered }: Extract<HealthCommand, { readonly type: 'tried' }>,
  context: DecideContext,
): Decision<HealthEvent> {
  const { address, at } = context
  const all = (context.reference('webhooks') ?? []) as unknown as readonly Webhook[]
  const last = attempts.at(-1)
  // One that was removed meanwhile leaves nothing behind.
  if (last === undefined || !all.some(({ id }) => id === address.id)) return { type: 'accept', events: [] }
  const since = sinceWhen(state, attempts, delivered)
  const event = { type: 'webhook.tried', attempts, omitted, since } as const
  // That it was delivered may not have been noted by itself: nobody knew yet that it was failing.
  if (since === null)
    return {
      type: 'accept',
      events: [event],
      tells: state.since === null ? [] : [tell({ type: 'recovered' }, context)],
    }
  const reason =
    at - since < longFailureMs
      ? last.answer
      : `nothing was delivered since ${formatInstant(since)}; of the last attempt: ${last.answer}`
  const told = at - since < longFailureMs ? { type: 'failing', since, reason } : { type: 'disable', reason }
  return { type: 'accept', events: [event], tells: [tell(told, context)] }
}

/** Since when attempts have failed with nothing delivered among them, and no pause in which nobody knows. */
function sinceWhen(state: Health, attempts: readonly FailedAttempt[], delivered: number | null): number | null {
  const isOver = state.since !== null && delivered !== null && delivered >= state.since
  let since = isOver ? null : state.since
  let before = state.last?.at ?? null
  for (const { at } of attempts) {
    const paused = before !== null && at - before > longestPauseMs
    if (since === null ? at > (delivered ?? -Infinity) : paused) since = at
    before = at
  }
  return since
}
