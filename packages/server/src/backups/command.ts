import { HearthError } from '@hearth/protocol'
import { readConfig } from '../config.ts'
import { makeDataFolder } from '../platform/data-folder.ts'
import { lockDataFolder } from '../platform/lock.ts'
import { openLogs } from '../platform/logs.ts'
import { restoreBackup, type Restored } from './restore.ts'

type Outcome = { readonly restored: Restored } | { readonly code: string; readonly message: string }

/** For the command: no server runs on the data folder while it is filled. Arguments are those of a start. */
export async function restore(from: string, argv: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  try {
    const config = readConfig(argv, env)
    makeDataFolder(config.data)
    using _lock = lockDataFolder(config.data)
    await using logs = openLogs({ data: config.data, level: 'warn' })
    return { restored: await restoreBackup({ config, from, log: logs.log }) }
  } catch (error) {
    if (!(error instanceof HearthError)) throw error
    return { code: error.code, message: error.message }
  }
}
