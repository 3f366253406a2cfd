import { HearthError } from '@hearth/protocol'
import postgres from 'postgres'
import type { ConnectionOptions } from './connection.ts'
import { ConnectionLost, createRenewingClient, type RenewingClient } from './renewing.ts'

export type ReadingPool = AsyncDisposable & Pick<RenewingClient, 'use'>

/** Connections that are lost one by one, each with one question at a time: it goes to the one with the fewest before it. Throws `store.unavailable`. */
export function createReadingPool(connection: () => ConnectionOptions, size: number): ReadingPool {
  const clients = Array.from({ length: size }, () => ({
    client: createRenewingClient(connection, {
      max: 1,
      connection: { application_name: 'hearth-read', statement_timeout: 10_000, default_transaction_read_only: true },
    }),
    asked: 0,
    before: Promise.resolve<unknown>(null),
  }))
  return {
    use: async (ask) => {
      const chosen = clients.reduce((best, each) => (each.asked < best.asked ? each : best))
      chosen.asked += 1
      try {
        const answer = chosen.before.then(() => chosen.client.use(ask))
        chosen.before = answer.catch(() => undefined)
        return await answer
      } catch (error) {
        throw isAway(error) ? unavailable(error) : error
      } finally {
        chosen.asked -= 1
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(clients.map(({ client }) => client[Symbol.asyncDispose]()))
    },
  }
}

// The driver's own errors and the system's carry such codes; what fails in reading the answer does not.
const away = /^(?:CONNECT|E[A-Z]+$)/

function isAway(error: unknown): boolean {
  if (error instanceof ConnectionLost) return true
  const code = String((error as { readonly code?: unknown }).code ?? '')
  return error instanceof postgres.PostgresError ? /^(?:57P|08|53)/.test(code) : away.test(code)
}

const unavailable = (cause: unknown): HearthError =>
  new HearthError('store.unavailable', 'The database cannot be reached at the moment.', { retryAfterSeconds: 1, cause })
