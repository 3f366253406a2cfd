import type { Hearth } from '../../compose.ts'
import { owner } from './caller.ts'
import type { NextReminders, Reminder } from './home-page.ts'

const shown = 10
const pageSize = 500
const pageLimit = 20

interface Page {
  readonly items: readonly Reminder[]
  readonly next: string | null
}

/**
 * The scheduled reminders that ring next. Lists come in the order in which reminders were set, so all of them are looked through,
 * up to a bound that keeps the page fast; what is beyond it, the page says.
 */
export async function nextReminders(
  call: Hearth['call'],
  requestId: string,
  limit = pageLimit,
): Promise<NextReminders> {
  let nearest: readonly Reminder[] = []
  let looked = 0
  let after: string | null = null
  for (let page = 0; page < limit; page += 1) {
    const answer = await call({
      operation: 'reminders.list',
      input: { state: 'scheduled', limit: pageSize, ...(after === null ? {} : { after }) },
      principal: owner,
      key: undefined,
      requestId,
    })
    if (answer.status !== 200) return { type: 'unreadable' }
    const { items, next } = JSON.parse(answer.body) as Page
    nearest = [...nearest, ...items].toSorted(byTime).slice(0, shown)
    looked += items.length
    after = next
    if (after === null) break
  }
  return { type: 'reminders', nearest, lookedThrough: after === null ? 'all' : looked }
}

// Instants in UTC, of years with four digits, but not all with as many digits of a second.
const byTime = (one: Reminder, other: Reminder): number => Date.parse(one.next) - Date.parse(other.next)
