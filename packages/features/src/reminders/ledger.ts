import { formatInstant, formatPosition, type Address, type Position } from '@hearth/protocol'
import type { HistoryEvent, Reader } from '../feature.ts'
import { occurrenceName } from './actor.ts'
import type { ReminderEvent } from './events.ts'
import { lateAfterMs, type Occurrence } from './plan.ts'

interface Entry {
  readonly occurrence: string
  readonly due: string
  readonly rungAt?: string
  readonly late: boolean
}

/** Read from the reminder's own events: what rang, and what was passed over. */
export async function ledgerOf(
  actor: Address,
  limit: number,
  after: Position | undefined,
  read: Reader,
): Promise<{ items: Entry[]; next: string | null }> {
  const items: Entry[] = []
  let from = after
  for (;;) {
    const found = await read.history({
      tenant: actor.tenant,
      actor,
      limit: 500,
      ...(from === undefined ? {} : { after: from }),
    })
    for (const event of found) {
      const entry = entryOf(actor.id, event)
      if (entry !== null && items.length === limit)
        return { items, next: from === undefined ? null : formatPosition(from) }
      if (entry !== null) items.push(entry)
      from = { slot: event.slot, sequence: event.sequence }
    }
    if (found.length < 500) return { items, next: null }
  }
}

function entryOf(reminder: string, { event, at }: HistoryEvent): Entry | null {
  const happened = event as ReminderEvent
  const place = (occurrence: Occurrence) => ({
    occurrence: occurrenceName(reminder, occurrence),
    due: formatInstant(occurrence.at),
  })
  switch (happened.type) {
    case 'reminder.rang':
      return { ...place(happened.occurrence), rungAt: formatInstant(at), late: happened.late }
    case 'reminder.rang-again':
      // It was put off before it rang: this is when it did.
      if (happened.ring !== 1) return null
      return {
        ...place(happened.occurrence),
        rungAt: formatInstant(at),
        late: happened.rungAt - happened.due > lateAfterMs,
      }
    case 'reminder.passed':
      return { ...place(happened.from), late: true }
    default:
      return null
  }
}
