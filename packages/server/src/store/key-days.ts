import { dayOf, type AppendOutcome, type Batch } from '@hearth/kernel'
import postgres from 'postgres'
import type { ConnectionOptions } from './connection.ts'
import type { Run } from './statement.ts'
import type { Logger } from './logger.ts'

const minuteMs = 60_000
const hourMs = 3_600_000

interface Turns {
  /** Makes the days when the date has changed, and drops the old ones once it has stood for an hour. */
  turn(day: number, elapsedMs: number): Promise<void>
}

interface DayWork {
  make(day: number): Promise<void>
  drop(day: number): Promise<void>
}

/** A clock that jumps for an instant must not drop what is alive: a date counts for dropping when it has stood for an hour. */
export function createTurns({ make, drop }: DayWork): Turns {
  let seen: { readonly day: number; readonly since: number } | null = null
  let made: number | null = null
  let dropped: number | null = null
  return {
    turn: async (day, elapsedMs) => {
      if (seen?.day !== day) seen = { day, since: elapsedMs }
      if (made !== day) {
        await make(day)
        made = day
      }
      if (dropped === day || elapsedMs - seen.since < hourMs) return
      await drop(day)
      dropped = day
    },
  }
}

/** Makes the partitions of the days to come and drops those whose keys have served their time. */
export function keepDays(connection: () => ConnectionOptions, log: Logger): () => void {
  const turns = createTurns({
    make: (day) => once(connection(), (sql) => sql`select hearth.keep_days(${day})`),
    drop: (day) => once(connection(), (sql) => sql`select hearth.drop_days(${day})`),
  })
  // A laptop that slept, or a clock that was set, is noticed within a minute.
  const timer = setInterval(() => {
    turns.turn(dayOf(Date.now()), performance.now()).catch((error: unknown) => {
      log.warn({ err: error }, 'the days of idempotency keys could not be kept')
    })
  }, minuteMs)
  timer.unref()
  return () => clearInterval(timer)
}

async function once(connection: ConnectionOptions, ask: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres({
    ...connection,
    max: 1,
    fetch_types: false,
    onnotice: () => undefined,
    connection: { application_name: 'hearth-days' },
  })
  try {
    await ask(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** The clock went further than the days that were made. */
export const daysMissing = (error: unknown): boolean =>
  error instanceof postgres.PostgresError &&
  error.code === '23514' &&
  error.message.startsWith('no partition of relation')

/** Makes the days that a batch missed, so that it can be tried again. */
export async function makeDays(run: Run, { keys }: Batch): Promise<AppendOutcome> {
  try {
    for (const day of new Set(keys.map((key) => key.day)))
      await run({ text: 'select hearth.keep_days($1::integer)', values: [String(day)] })
    return { type: 'unavailable', reason: 'the days of its keys were not made yet' }
  } catch (error) {
    return { type: 'unavailable', reason: `the days of its keys could not be made: ${String(error)}` }
  }
}
