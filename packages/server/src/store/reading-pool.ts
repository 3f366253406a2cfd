import type { ConnectionOptions } from './connection.ts'
import { unavailable, unavailableBy } from './away.ts'
import { createRenewingClient, type RenewingClient } from './renewing.ts'

export type ReadingPool = AsyncDisposable & Pick<RenewingClient, 'use'>

const mostWaiting = 500

/**
 * A page is read along an index, from where it begins. What hashes, merges or sorts reads everything first that the page is taken
 * from, and looks cheap to a planner that takes a step along an index for a step of a disk's arm.
 */
export const readingSettings = {
  random_page_cost: '1.1',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_bitmapscan: 'off',
  jit: 'off',
} as const

/**
 * Connections that are lost one by one, each with one question at a time: it goes to the one with the fewest before it. Throws
 * `store.unavailable` after five seconds, whatever it waits for.
 */
export function createReadingPool(connection: () => ConnectionOptions, size: number, patienceMs = 5_000): ReadingPool {
  const clients = Array.from({ length: size }, () => ({
    client: createRenewingClient(connection, {
      max: 1,
      patienceMs,
      connection: {
        application_name: 'hearth-read',
        statement_timeout: patienceMs,
        default_transaction_read_only: true,
        ...readingSettings,
      },
    }),
    asked: 0,
    before: Promise.resolve<unknown>(null),
  }))
  return {
    use: async (ask) => {
      const chosen = clients.reduce((best, each) => (each.asked < best.asked ? each : best))
      if (chosen.asked >= mostWaiting) throw unavailable('slow', new Error('too many questions wait'))
      chosen.asked += 1
      const late = Promise.withResolvers<never>()
      let isLate = false
      const timer = setTimeout(() => {
        isLate = true
        late.reject(unavailable('slow', new Error('the database does not answer')))
      }, patienceMs)
      try {
        // Whoever is told meanwhile to try again is not asked for any more.
        const answer = chosen.before.then(() => (isLate ? late.promise : chosen.client.use(ask)))
        // A question that hangs holds its connection until that is let go of, whether anybody waits for it or not.
        chosen.before = answer.catch(() => undefined).finally(() => (chosen.asked -= 1))
        return await Promise.race([answer, late.promise])
      } catch (error) {
        throw unavailableBy(error) ?? error
      } finally {
        clearTimeout(timer)
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(clients.map(({ client }) => client[Symbol.asyncDispose]()))
    },
  }
}
