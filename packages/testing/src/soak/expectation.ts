import type { ClientEntry, KillTarget } from './ledger.ts'

export interface ExpectedReminder {
  readonly text: string
  readonly home: string | null
  /** Null when it was never acknowledged. */
  readonly id: string | null
  readonly acknowledgedAt: number | null
  readonly cancelledAt: number | null
  readonly dues: readonly ExpectedDue[]
}

/** `owed`: must be delivered. `allowed`: may be, for it was cancelled about when it was due. `forbidden`: must not be. */
export interface ExpectedDue {
  readonly due: number
  readonly duty: 'owed' | 'allowed' | 'forbidden'
}

/** From a kill to the readiness after it; kills before that readiness belong to the same outage. */
export interface Outage {
  readonly killedAt: number
  readonly readyAt: number
  readonly targets: readonly KillTarget[]
}

/** A cancel asked for so much later than an occurrence was due comes after it. */
const cancelRaceMs = 5_000

interface Known {
  readonly asked: Extract<ClientEntry, { type: 'set-asked' }>
  acknowledged: Extract<ClientEntry, { type: 'set-acknowledged' }> | null
  refused: boolean
  cancelAskedAt: number | null
  cancelledAt: number | null
}

export function expectedReminders(entries: readonly ClientEntry[]): Map<string, ExpectedReminder> {
  const outages = outagesOf(entries)
  const expected = new Map<string, ExpectedReminder>()
  for (const [text, known] of knownReminders(entries)) {
    expected.set(text, {
      text,
      home: known.asked.home,
      id: known.acknowledged?.id ?? null,
      acknowledgedAt: known.acknowledged?.at ?? null,
      cancelledAt: known.cancelledAt,
      dues: known.asked.occurrences.map((due) => ({ due, duty: dutyOf(due, known, outages) })),
    })
  }
  return expected
}

function knownReminders(entries: readonly ClientEntry[]): Map<string, Known> {
  const known = new Map<string, Known>()
  for (const entry of entries) {
    if (entry.type === 'set-asked') {
      known.set(entry.text, {
        asked: entry,
        acknowledged: null,
        refused: false,
        cancelAskedAt: null,
        cancelledAt: null,
      })
      continue
    }
    const reminder = 'text' in entry ? known.get(entry.text) : undefined
    if (reminder === undefined) continue
    if (entry.type === 'set-acknowledged') reminder.acknowledged = entry
    if (entry.type === 'refused' && entry.what === 'reminders.set') reminder.refused = true
    if (entry.type === 'cancel-asked') reminder.cancelAskedAt = entry.at
    if (entry.type === 'cancel-acknowledged') reminder.cancelledAt = entry.at
  }
  return known
}

function dutyOf(due: number, known: Known, outages: readonly Outage[]): ExpectedDue['duty'] {
  const { asked, acknowledged, cancelAskedAt, cancelledAt } = known
  if (acknowledged === null) return known.refused ? 'forbidden' : 'allowed'
  if (cancelAskedAt !== null) {
    if (cancelledAt !== null && due >= cancelledAt) return 'forbidden'
    const heldUp = outages.some((outage) => outage.killedAt <= (cancelledAt ?? Infinity) && outage.readyAt >= due)
    if (heldUp || due > cancelAskedAt - cancelRaceMs) return cancelledAt === null ? 'owed' : 'allowed'
  }
  // A rule that was set late counts from what the answer said is next.
  const skipped =
    asked.occurrences.length > 1 && acknowledged.next !== null && due < acknowledged.next && due < acknowledged.at
  return skipped ? 'allowed' : 'owed'
}

export function outagesOf(entries: readonly ClientEntry[]): Outage[] {
  const outages: Outage[] = []
  let open: { killedAt: number; targets: KillTarget[] } | null = null
  for (const entry of entries) {
    if (entry.type === 'killed') {
      open ??= { killedAt: entry.at, targets: [] }
      open.targets.push(entry.target)
    } else if (entry.type === 'ready' && open !== null) {
      outages.push({ ...open, readyAt: entry.at })
      open = null
    }
  }
  if (open !== null) outages.push({ ...open, readyAt: Infinity })
  return outages
}
