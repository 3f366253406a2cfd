import type { Sql } from 'postgres'
import type { ConnectionOptions } from './connection.ts'
import { createRenewingClient } from './renewing.ts'

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

  const client = createRenewingClient(() => connection, {
    max: 1,
    patienceMs: longestAnswer,
    onEnd: () => turn(false),
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
    turn(await asking)
    if (!stopped) schedule()
  }

  async function answer(): Promise<boolean> {
    try {
      await client.use((sql) => sql`select 1`)
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
    await client[Symbol.asyncDispose]()
  }

  try {
    await client.use(options.first)
  } catch (error) {
    await end()
    throw error
  }
  up = true
  schedule()
  return { [Symbol.asyncDispose]: end }
}
