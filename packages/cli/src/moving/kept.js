import { pagesOf } from '../paging.js'

/** @import { Session } from '../client/session.js' */

/**
 * A reminder as an export has it: as `reminders.get` tells it.
 * @typedef {{ kind: 'reminder', id: string, text: string, zone: string, state: string, next: string | null, at?: string, rule?: string, start?: string, except?: string[], catchUp?: string, [more: string]: unknown }} KeptReminder
 */

/** @param {string | undefined} person */
const at = (person) => (person === undefined ? {} : { home: person })

/**
 * The reminders of a home, each with all that setting it again takes.
 * @param {Session} session
 * @param {string | undefined} person
 * @param {(item: Record<string, unknown>) => boolean} [isWanted]
 * @returns {AsyncGenerator<KeptReminder, void>}
 */
export async function* remindersOf({ server, need, call }, person, isWanted = () => true) {
  for await (const page of pagesOf(server, need('reminders.list'), { ...at(person), limit: 500 }))
    for (const item of page.filter(isWanted))
      yield { kind: 'reminder', ...(await call('reminders.get', { ...at(person), id: item['id'] })) }
}

/**
 * What holds for all reminders of a home.
 * @param {Session} session
 * @param {string | undefined} person
 * @returns {Promise<{ zone?: string, quiet: { from: string, to: string } | null }>}
 */
export const settingsOf = async ({ call }, person) => await call('reminders.settings', at(person))
