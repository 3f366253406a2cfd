import { groupBy } from './deliveries.ts'
import type { Delivery } from './deliveries.ts'
import type { ExpectedDue, ExpectedReminder } from './expectation.ts'
import { finding, isAccepted, occurrenceKey, time } from './finding.ts'
import type { Finding } from './finding.ts'

export function judgeOccurrences(
  expected: ReadonlyMap<string, ExpectedReminder>,
  deliveries: readonly Delivery[],
): Finding[] {
  const findings: Finding[] = []
  const byOccurrence = groupBy(deliveries, occurrenceKey)
  for (const { text, id, dues } of expected.values()) {
    for (const due of dues) {
      const found = byOccurrence.get(occurrenceKey({ text, due: due.due })) ?? []
      byOccurrence.delete(occurrenceKey({ text, due: due.due }))
      findings.push(...judgeOne(text, id, due, found))
    }
  }
  for (const [first] of byOccurrence.values()) {
    if (first !== undefined)
      findings.push(
        finding('occurrence-unknown', `${first.id} of ${first.text}, due ${time(first.due)}, was never asked for`),
      )
  }
  return findings
}

function judgeOne(text: string, id: string | null, { due, duty }: ExpectedDue, found: readonly Delivery[]): Finding[] {
  const findings: Finding[] = []
  const what = `${text} due ${time(due)}`
  const ids = new Set(found.map((delivery) => delivery.id))
  if (duty === 'owed' && found.length === 0) findings.push(finding('occurrence-lost', `${what} never came`))
  else if (duty === 'owed' && !found.some(isAccepted))
    findings.push(finding('occurrence-unaccepted', `${what} came and was given up before it was accepted`))
  if (duty === 'forbidden' && found.length > 0) {
    const [type, why] = id === null ? ['refused-delivered', 'refused'] : ['cancelled-delivered', 'cancelled before']
    findings.push(finding(type, `${what} was ${why} and came as ${[...ids].join(', ')}`))
  }
  if (ids.size > 1)
    findings.push(finding('occurrence-doubled', `${what} came under ${ids.size} ids: ${[...ids].join(', ')}`))
  const stranger = found.find((delivery) => id !== null && delivery.reminder !== id)
  if (stranger !== undefined)
    findings.push(finding('reminder-id', `${what} was acknowledged as ${String(id)} and came as ${stranger.reminder}`))
  return findings
}

export function judgeIds(deliveries: readonly Delivery[]): Finding[] {
  const findings: Finding[] = []
  for (const [id, attempts] of groupBy(deliveries, (delivery) => delivery.id)) {
    const told = new Set(attempts.map((attempt) => `${occurrenceKey(attempt)} ${attempt.occurrence}`))
    if (told.size > 1)
      findings.push(finding('id-shared', `${id} told of different occurrences: ${[...told].join(', ')}`))
  }
  return findings
}
