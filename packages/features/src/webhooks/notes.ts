import type { EffectTools } from '../feature.ts'
import { tenantHome } from '../tenant.ts'
import { healthKind, type Webhook } from './actor.ts'
import type { FailedAttempt, HealthCommand } from './health.ts'

const firstWaitMs = 1000
const longestWaitMs = 60_000
/** When it has failed for an hour, what is new is not urgent. */
const longFailingMs = 3_600_000
const longestLateWaitMs = 600_000
const mostNoted = 20

/** What is waiting to be noted of one webhook. */
interface Held {
  failed: FailedAttempt[]
  omitted: number
  delivered: number | null
  waitMs: number
  failingSince: number | undefined
  /** Its recovery is noted once, and known here only when it was decided. */
  said: boolean
}

export interface Notes {
  delivered(tenant: string, webhook: Webhook, at: number): void
  failed(tenant: string, webhook: Webhook, attempt: FailedAttempt): void
}

/**
 * Notes what becomes of attempts: nothing of what is delivered while all is well, and of what fails the newest, after a second, then after
 * two, four … up to a minute, later to ten. A receiver that only fails, often or seldom, costs a few hundred rows of the log in three days; one
 * that fails and recovers by turns, four a minute.
 */
export function createNotes({ note }: Pick<EffectTools, 'note'>): Notes {
  const held = new Map<string, Held>()
  const send = (tenant: string, id: string, command: HealthCommand): void =>
    note({ tenant, home: tenantHome, kind: healthKind, id }, command)

  const open = (tenant: string, { id, failingSince }: Webhook): Held => {
    const name = `${tenant}/${id}`
    const known = held.get(name)
    if (known !== undefined) return Object.assign(known, { failingSince })
    const one: Held = { failed: [], omitted: 0, delivered: null, waitMs: firstWaitMs, failingSince, said: false }
    const wait = (): void => {
      setTimeout(flush, one.waitMs).unref()
    }
    const flush = (): void => {
      const { failed: attempts, omitted, delivered, waitMs } = one
      const failingMs = one.failingSince === undefined ? 0 : Date.now() - one.failingSince
      const longest = failingMs > longFailingMs ? longestLateWaitMs : longestWaitMs
      // Only after the longest wait in vain: one that fails now and then would be noted each time.
      if (attempts.length === 0 && waitMs >= longest) {
        held.delete(name)
        return
      }
      Object.assign(one, { failed: [], omitted: 0, said: false, waitMs: Math.min(waitMs * 2, longest) })
      if (attempts.length > 0)
        send(tenant, id, { type: 'tried', attempts: attempts.toSorted((a, b) => a.at - b.at), omitted, delivered })
      wait()
    }
    held.set(name, one)
    wait()
    return one
  }

  return {
    delivered: (tenant, webhook, at) => {
      const one = held.get(`${tenant}/${webhook.id}`)
      if (one !== undefined) Object.assign(one, { delivered: at, failingSince: webhook.failingSince })
      if (webhook.failingSince === undefined || one?.said === true) return
      open(tenant, webhook).said = true
      send(tenant, webhook.id, { type: 'delivered', at })
    },
    failed: (tenant, webhook, attempt) => {
      const one = open(tenant, webhook)
      one.failed.push(attempt)
      if (one.failed.length <= mostNoted) return
      one.failed.shift()
      one.omitted += 1
    },
  }
}
