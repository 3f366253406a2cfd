import { groupBy } from './deliveries.ts'
import type { Delivery } from './deliveries.ts'
import type { ExpectedReminder } from './expectation.ts'
import { finding, occurrenceKey, time } from './finding.ts'
import type { Finding } from './finding.ts'
import type { ListedEvent, ListedOccurrence, ListedReminder, VerifiedView } from './read-back.ts'

export function judgeListing(
  expected: ReadonlyMap<string, ExpectedReminder>,
  listed: readonly ListedReminder[],
): Finding[] {
  const findings: Finding[] = []
  const byText = groupBy(listed, (reminder) => reminder.text)
  for (const { text, id, ...reminder } of expected.values()) {
    const found = byText.get(text) ?? []
    const [first] = found
    if (found.length > 1) findings.push(finding('reminder-doubled', `${text} is listed ${found.length} times`))
    if (first === undefined) {
      if (id !== null) findings.push(finding('reminder-lost', `${text}, acknowledged as ${id}, is not listed`))
    } else if (id === null) {
      if (reminder.dues.every((due) => due.duty === 'forbidden'))
        findings.push(finding('refused-listed', `${text} was refused and is listed as ${first.id}`))
    } else if (first.id !== id)
      findings.push(finding('reminder-id', `${text} was acknowledged as ${id} and is listed as ${first.id}`))
    else if (!stateFits(reminder, first))
      findings.push(finding('reminder-state', `${text} is ${first.state}, rung ${String(first.rung)}`))
  }
  for (const text of byText.keys())
    if (!expected.has(text)) findings.push(finding('reminder-unknown', `nobody set ${text}`))
  return findings
}

function stateFits(
  { dues, cancelledAt }: Pick<ExpectedReminder, 'dues' | 'cancelledAt'>,
  { state, rung }: ListedReminder,
): boolean {
  const rang = (state === 'rung' || state === 'done') && rung !== null
  if (cancelledAt === null) return rang
  const mayHaveRungOut = dues.every((due) => due.duty !== 'forbidden')
  return state === 'cancelled' || (mayHaveRungOut && rang)
}

/** `reminders.occurrences` against what came: each that rang is there once, and none that did not come is said to have rung. */
export function judgeOccurrenceLedger(
  expected: ReadonlyMap<string, ExpectedReminder>,
  deliveries: readonly Delivery[],
  ledger: ReadonlyMap<string, readonly ListedOccurrence[]> | null,
): Finding[] {
  if (ledger === null) return []
  const findings: Finding[] = []
  const came = groupBy(deliveries, (delivery) => delivery.reminder)
  const byId = new Map([...expected.values()].map((reminder) => [reminder.id, reminder]))
  for (const [id, items] of ledger) {
    const rang = items
      .filter((item) => (item.rungAt ?? null) !== null)
      .map((item) => Date.parse(item.due))
      .toSorted((a, b) => a - b)
    const delivered = [...new Set((came.get(id) ?? []).map((delivery) => delivery.due))].toSorted((a, b) => a - b)
    if (rang.join() === delivered.join()) continue
    const text = byId.get(id)?.text ?? id
    findings.push(
      finding(
        'occurrence-ledger',
        `${text} rang ${rang.map(time).join(', ') || 'never'} by its ledger, came for ${delivered.map(time).join(', ') || 'none'}`,
      ),
    )
  }
  return findings
}

export function judgeEvents(events: readonly ListedEvent[] | null, deliveries: readonly Delivery[]): Finding[] {
  if (events === null) return []
  const findings: Finding[] = []
  for (const [position, same] of groupBy(events, (event) => event.position)) {
    if (same.length > 1) findings.push(finding('position-doubled', `${same.length} events stand at ${position}`))
  }
  for (const [actor, own] of groupBy(events, (event) => event.actor)) {
    const versions = own.map((event) => event.version).toSorted((a, b) => a - b)
    const gap = versions.findIndex((version, index) => version !== index + 1)
    if (gap !== -1)
      findings.push(finding('version-gap', `${actor} has version ${versions[gap]} where ${gap + 1} belongs`))
  }
  const rang = events.filter((event) => event.type === 'reminder.rang').length
  const came = new Set(deliveries.map(occurrenceKey)).size
  if (rang > 0 && rang !== came)
    findings.push(finding('events-differ', `${rang} events say that a reminder rang, ${came} occurrences came`))
  return findings
}

export function judgeView(view: VerifiedView | null, listed: readonly ListedReminder[]): Finding[] {
  if (view === null) return []
  const { rows, different } = view
  return [
    ...(different > 0 ? [finding('view-differs', `${different} rows of the view are not what the log leads to`)] : []),
    ...(rows === listed.length ? [] : [finding('view-size', `the view has ${rows} rows, ${listed.length} are listed`)]),
  ]
}
