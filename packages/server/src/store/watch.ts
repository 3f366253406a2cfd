import postgres, { type Sql } from 'postgres'
import type { ConnectionOptions } from './connection.ts'

const pauseWhenUp = 2_000
const pauseWhenDown = 50
const longestAnswer = 5_000

export interface WatchOptions {
  /** What is asked before all else. */
  first(sql: Sql): Promise<void>
  /** Must not throw. */
  tell(up: boolean): void
}

/**
 * Holds one connection, whose end tells at once that the database is lost, and asks over it now and then, because a
 * network or a server that hangs says nothing. Throws what the first question throws.
 */
export async function watchDatabase(connection: ConnectionOptions, options: WatchOptions): Promise<AsyncDisposable> {
  let up = false
  let stopped = false
  let asking: Promise<boolean> | undefined
  let timer: NodeJS.Timeout | undefined

  const sql = postgres({
    ...connection,
    max: 1,
    fetch_types: false,
    max_lifetime: null,
    connect_timeout: longestAnswer / 1_000,
    backoff: false,
    onnotice: () => undefined,
    onclose: () => turn(false),
    connection: { application_name: 'hearth watch' },
  })

  function turn(now: boolean): void {
    if (stopped || now === up) return
    up = now
    schedule()
    options.tell(up)
  }

  function schedule(): void {
    clearTimeout(timer)
    timer = setTimeout(() => void look(), up ? pauseWhenUp : pauseWhenDown).unref()
  }

  async function look(): Promise<void> {
    asking ??= answer()
    turn(await firstOf(asking, longestAnswer))
    if (!stopped) schedule()
  }

  async function answer(): Promise<boolean> {
    try {
      await sql`select 1`
      return true
    } catch {
      return false
    } finally {
      asking = undefined
    }
  }

  async function end(): Promise<void> {
    stopped = true
    clearTimeout(timer)
    await sql.end({ timeout: 0 })
  }

  try {
    await options.first(sql)
  } catch (error) {
    await end()
    throw error
  }
  up = true
  schedule()
  return { [Symbol.asyncDispose]: end }
}

async function firstOf(answer: Promise<boolean>, milliseconds: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(resolve, milliseconds, false)
  try {
    return await Promise.race([answer, promise])
  } finally {
    clearTimeout(timer)
  }
}
