import type { Outage } from './expectation.ts'
import type { AnswerOutcome, ReceiverEntry } from './ledger.ts'

/** One request of a webhook as the receiver saw it. */
export interface Delivery {
  readonly at: number
  readonly id: string
  readonly reminder: string
  readonly occurrence: string
  readonly due: number
  readonly text: string
  readonly outcome: AnswerOutcome | null
  readonly answeredAt: number | null
}

export function deliveriesOf(entries: readonly ReceiverEntry[]): Delivery[] {
  const answers = new Map<number, Extract<ReceiverEntry, { type: 'answered' }>>()
  for (const entry of entries) if (entry.type === 'answered') answers.set(entry.request, entry)
  return entries
    .filter((entry) => entry.type === 'received')
    .map(({ at, request, id, reminder, occurrence, due, text }) => {
      const answered = answers.get(request)
      return {
        at,
        id,
        reminder,
        occurrence,
        due,
        text,
        outcome: answered?.outcome ?? null,
        answeredAt: answered?.at ?? null,
      }
    })
}

export function groupBy<Key, Item>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/** `retry`: the delivery before it got no whole 2xx. `in-flight`: the one before it was not surely recorded when something was killed. */
export interface Repeat {
  readonly id: string
  readonly at: number
  readonly cause: 'retry' | 'in-flight' | 'sent-again'
  /** From the answer to the delivery before it to the kill that excuses this one; negative when the kill came first. */
  readonly answeredBeforeKillMs: number | null
}

/** A 2xx may take so long to be recorded: one answered earlier than that before a kill excuses no repeat. */
export const recordedWithinMs = 1_000

export function repeatsOf(deliveries: readonly Delivery[], outages: readonly Outage[]): Repeat[] {
  const repeats: Repeat[] = []
  for (const attempts of groupBy(deliveries, (delivery) => delivery.id).values()) {
    const sorted = attempts.toSorted((a, b) => a.at - b.at)
    for (const [index, attempt] of sorted.entries()) {
      const before = sorted[index - 1]
      if (before !== undefined) repeats.push(repeatOf(before, attempt, outages))
    }
  }
  return repeats
}

function repeatOf(before: Delivery, repeat: Delivery, outages: readonly Outage[]): Repeat {
  const { id, at } = repeat
  const answered = before.answeredAt !== null && before.answeredAt <= at
  if (answered && (before.outcome === 'failed' || before.outcome === 'reset' || before.outcome === 'cut'))
    return { id, at, cause: 'retry', answeredBeforeKillMs: null }
  const excuse = outages.find((outage) => inFlight(before, outage) && outage.killedAt <= at)
  if (excuse !== undefined) {
    const wasAnswered = before.outcome === 'accepted' && before.answeredAt !== null
    return {
      id,
      at,
      cause: 'in-flight',
      answeredBeforeKillMs: wasAnswered ? excuse.killedAt - before.answeredAt : null,
    }
  }
  // The sender hung up by itself, with no kill about.
  if (answered && before.outcome === 'gone') return { id, at, cause: 'retry', answeredBeforeKillMs: null }
  return { id, at, cause: 'sent-again', answeredBeforeKillMs: null }
}

/** Nothing can be recorded during an outage, so one answered within it stays unrecorded to its end. */
function inFlight({ at, answeredAt }: Delivery, { killedAt, readyAt }: Outage): boolean {
  return at <= readyAt && (answeredAt ?? Infinity) + recordedWithinMs >= killedAt
}

export interface LateRetry {
  readonly id: string
  readonly afterReadyMs: number | null
}

const retriedWithinMs = 5_000
/** The kill is noted a moment before it takes effect; an answer in between may have been recorded. */
const killTakesMs = 200

/** Deliveries that a kill of the server cut and that were not tried again in time, where no other kill came between. */
export function lateRetries(deliveries: readonly Delivery[], outages: readonly Outage[]): LateRetry[] {
  const byId = groupBy(deliveries, (delivery) => delivery.id)
  const late: LateRetry[] = []
  for (const [index, outage] of outages.entries()) {
    const deadline = outage.readyAt + retriedWithinMs
    const calm = (outages[index + 1]?.killedAt ?? Infinity) > deadline
    if (!calm || !outage.targets.some((target) => target === 'server' || target === 'both')) continue
    for (const cut of deliveries.filter((delivery) => isCut(delivery, outage))) {
      const next = byId.get(cut.id)?.find((delivery) => delivery.at > outage.killedAt)
      if (next !== undefined && next.at <= deadline) continue
      late.push({ id: cut.id, afterReadyMs: next === undefined ? null : next.at - outage.readyAt })
    }
  }
  return late
}

function isCut({ at, answeredAt }: Delivery, { killedAt }: Outage): boolean {
  return at <= killedAt && (answeredAt === null || answeredAt > killedAt + killTakesMs)
}
