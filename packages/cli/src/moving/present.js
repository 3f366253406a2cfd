import { remindersOf } from './kept.js'
import { likeness } from './likeness.js'

/** @import { Session } from '../client/session.js' */
/** @import { ReminderInput } from './entry.js' */

/**
 * The reminders that are there already, so that importing again sets none twice: each counts for one of a file.
 * @param {Session} session
 * @param {string | undefined} person
 * @param {readonly ReminderInput[]} wanted
 * @param {string} ownZone
 */
export async function presentReminders(session, person, wanted, ownZone) {
  const texts = new Set(wanted.map(({ text }) => text))
  /** @type {Map<string, number>} */
  const there = new Map()
  for await (const reminder of remindersOf(session, person, ({ text }) => texts.has(String(text)))) {
    const name = likeness(reminder, ownZone)
    there.set(name, (there.get(name) ?? 0) + 1)
  }
  return {
    /** Whether it is there, and was not yet taken for another. @param {ReminderInput} reminder */
    take(reminder) {
      const name = likeness(reminder, ownZone)
      const left = there.get(name) ?? 0
      if (left > 0) there.set(name, left - 1)
      return left > 0
    },
  }
}
