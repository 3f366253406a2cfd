import { monitorEventLoopDelay } from 'node:perf_hooks'
import postgres from 'postgres'
import { compose, type ComposeOptions } from '../../packages/server/src/compose.ts'
import { main } from '../../packages/server/src/main.ts'
import type { ConnectionOptions } from '../../packages/server/src/store/connection.ts'
import { createPostgresLog } from '../../packages/server/src/store/log.ts'
import { preparedLog } from './appending/appender.ts'
import { administrator } from './measure/store.ts'
import { variantNamed } from './variants/index.ts'
import type { Variant } from './variant.ts'

/** `node serve.ts VARIANT FOLDER`, forked: answers `begin` and `read` with what its event loop was late by in between. */
async function serve(name: string, folder: string): Promise<number> {
  const variant = variantNamed(name)
  variant.change?.()
  answerAboutDelay()
  return await main(
    ['--data', folder, '--port', '0', '--features', 'probe'],
    {},
    {
      compose: (options) => compose({ ...options, ...partsOf(variant, folder) }),
    },
  )
}

const partsOf = (variant: Variant, folder: string): Partial<ComposeOptions> => {
  const { lanes, settings, log, prepare = [], administer = [] } = variant
  return {
    ...(lanes === undefined ? {} : { lanes }),
    ...(settings === undefined ? {} : { settings }),
    createLog: (database, tenants) => {
      const product = createPostgresLog(() => database.connection('commit'), tenants)
      const made = log === undefined ? product : log(product, database, tenants())
      return preparedLog(made, async () => {
        await runAs(administrator(database.place()?.socket ?? '', folder), administer)
        await runAs(database.connection('migrate'), prepare)
      })
    },
  }
}

async function runAs(connection: ConnectionOptions, statements: readonly string[]): Promise<void> {
  if (statements.length === 0) return
  const sql = postgres({ ...connection, max: 1, fetch_types: false, onnotice: () => undefined })
  try {
    for (const statement of statements) await sql.unsafe(statement)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

const resolution = 10

function answerAboutDelay(): void {
  const delay = monitorEventLoopDelay({ resolution })
  delay.enable()
  process.on('message', (message) => {
    if (message === 'begin') delay.reset()
    // A sample is the time between two ticks, the wait for the tick included.
    else process.send?.({ p99Ms: Math.max(0, delay.percentile(99) / 1e6 - resolution) })
  })
  // Whoever started this has gone: nothing may stay behind.
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
}

const [name = '', folder = ''] = process.argv.slice(2)
process.exitCode = await serve(name, folder)
process.removeAllListeners('disconnect')
if (process.connected) process.disconnect()
