import { deliveriesOf, lateRetries, repeatsOf } from './deliveries.ts'
import type { Repeat } from './deliveries.ts'
import { expectedReminders, outagesOf } from './expectation.ts'
import type { ExpectedReminder } from './expectation.ts'
import { flatnessOf } from './flatness.ts'
import { finding, isAccepted, occurrenceKey, time } from './finding.ts'
import type { Finding } from './finding.ts'
import { judgeIds, judgeOccurrences } from './judge-deliveries.ts'
import { judgeEvents, judgeListing, judgeOccurrenceLedger, judgeView } from './judge-read-back.ts'
import type { ClientEntry, ReceiverEntry } from './ledger.ts'
import type { ListedEvent, ListedOccurrence, ListedReminder, VerifiedView } from './read-back.ts'

/** All that a run left behind: the verdict follows from it alone. */
export interface Evidence {
  /** False when the run broke off before everything due had time to come and was read back: then nothing can be called lost. */
  readonly settled: boolean
  readonly client: readonly ClientEntry[]
  readonly receiver: readonly ReceiverEntry[]
  readonly listed: readonly ListedReminder[]
  /** Null where the operation was not there to ask. */
  readonly occurrences: ReadonlyMap<string, readonly ListedOccurrence[]> | null
  readonly events: readonly ListedEvent[] | null
  /** What `views.verify` says of the reminders. */
  readonly view: VerifiedView | null
}

export interface Verdict {
  readonly findings: readonly Finding[]
  readonly repeats: readonly Repeat[]
  readonly owed: number
  readonly allowed: number
  readonly deliveries: number
  readonly distinctIds: number
}

/** Findings of what has not come, or not yet. */
const lacking: ReadonlySet<string> = new Set(['occurrence-lost', 'occurrence-unaccepted'])

export function judge(evidence: Evidence): Verdict {
  const { settled, client, receiver, listed, occurrences, events, view } = evidence
  const expected = expectedReminders(client)
  const outages = outagesOf(client)
  const deliveries = deliveriesOf(receiver)
  const repeats = repeatsOf(deliveries, outages)
  const dues = [...expected.values()].flatMap((reminder) => reminder.dues)
  const findings = [
    ...told(client, receiver, expected),
    ...(settled ? judgeListing(expected, listed) : []),
    ...judgeOccurrences(expected, deliveries).filter(({ type }) => settled || !lacking.has(type)),
    ...judgeIds(deliveries),
    ...repeats
      .filter((repeat) => repeat.cause === 'sent-again')
      .map(({ id, at }) => finding('sent-again', `${id} at ${time(at)}, its 2xx long recorded`)),
    ...lateRetries(deliveries, outages).map(({ id, afterReadyMs }) =>
      finding('retried-late', `${id} was cut by a kill and tried again ${afterReadyMs ?? 'never'} ms after ready`),
    ),
    ...judgeOccurrenceLedger(expected, deliveries, occurrences),
    ...judgeEvents(events, deliveries),
    ...judgeView(view, listed),
    ...flatnessOf(client).findings,
  ]
  return {
    findings,
    repeats,
    owed: dues.filter((due) => due.duty === 'owed').length,
    allowed: dues.filter((due) => due.duty === 'allowed').length,
    deliveries: deliveries.length,
    distinctIds: new Set(deliveries.map((delivery) => delivery.id)).size,
  }
}

/** Owed occurrences that no whole 2xx has answered yet. */
export function undelivered(client: readonly ClientEntry[], receiver: readonly ReceiverEntry[]): string[] {
  const accepted = new Set(deliveriesOf(receiver).filter(isAccepted).map(occurrenceKey))
  const missing: string[] = []
  for (const { text, dues } of expectedReminders(client).values()) {
    for (const { due, duty } of dues)
      if (duty === 'owed' && !accepted.has(occurrenceKey({ text, due }))) missing.push(`${text} due ${time(due)}`)
  }
  return missing
}

/** What clients, killer and receiver wrote down as wrong when they saw it. */
function told(
  client: readonly ClientEntry[],
  receiver: readonly ReceiverEntry[],
  expected: ReadonlyMap<string, ExpectedReminder>,
): Finding[] {
  const findings: Finding[] = []
  for (const entry of client) {
    if (entry.type === 'refused' && !cancelledTooLate(entry, expected)) {
      findings.push(finding('refused', `${entry.what} of ${entry.text}: ${entry.status} ${entry.code}`))
    }
    if (entry.type === 'key-broken')
      findings.push(finding('key-broken', `${entry.what} of ${entry.text}: ${entry.detail}`))
    if (entry.type === 'misbehaved') findings.push(finding(entry.what, `${entry.detail} (${time(entry.at)})`))
  }
  for (const entry of receiver)
    if (entry.type === 'rejected') findings.push(finding('delivery-rejected', `${entry.reason} (${time(entry.at)})`))
  return findings
}

/** A reminder that has rung out may refuse to be cancelled. */
function cancelledTooLate(
  refused: Extract<ClientEntry, { type: 'refused' }>,
  expected: ReadonlyMap<string, ExpectedReminder>,
): boolean {
  const dues = expected.get(refused.text)?.dues ?? []
  return refused.what === 'reminders.cancel' && refused.status === 409 && dues.every(({ due }) => due <= refused.at)
}
