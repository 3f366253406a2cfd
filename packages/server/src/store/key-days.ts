import { dayOf } from '@hearth/kernel'
import postgres from 'postgres'
import type { Logger } from './logger.ts'
import type { ConnectionOptions } from './connection.ts'

const hourMs = 3_600_000

/** Makes the partitions of the days to come and drops those whose keys have served their time, every hour. */
export function keepDays(connection: () => ConnectionOptions, log: Logger): () => void {
  const turn = async (): Promise<void> => {
    const sql = postgres({
      ...connection(),
      max: 1,
      fetch_types: false,
      onnotice: () => undefined,
      connection: { application_name: 'hearth-days' },
    })
    try {
      await sql`select hearth.keep_days(${dayOf(Date.now())})`
    } finally {
      await sql.end({ timeout: 1 })
    }
  }
  const timer = setInterval(() => {
    turn().catch((error: unknown) => log.warn({ err: error }, 'the days of idempotency keys could not be kept'))
  }, hourMs)
  timer.unref()
  return () => clearInterval(timer)
}
