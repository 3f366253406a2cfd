import { setTimeout as sleep } from 'node:timers/promises'
import { HearthError } from '@hearth/protocol'

const passing = new Set([
  'CONNECTION_CLOSED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  // The administrator, a crash or a start cut the connection.
  '57P01',
  '57P02',
  '57P03',
])
const longest = 60_000

/** Goes on while PostgreSQL is being started again, however often it dies meanwhile. */
export async function patiently<Result>(attempt: () => Promise<Result>): Promise<Result> {
  const end = performance.now() + longest
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      const { code = '' } = error as { code?: string }
      if (!passing.has(code)) throw error
      if (performance.now() > end) {
        const detail = `PostgreSQL runs and has not taken a connection for a minute: ${String(error)}`
        throw new HearthError('store.not-answering', detail, { cause: error })
      }
      await sleep(50)
    }
  }
}
