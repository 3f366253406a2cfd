import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { begin } from '@hearth/testing/begun'

/** Begins once what the tests of this clone would begin over and over. */
export const beginFolders = (root: string): Promise<AsyncDisposable> =>
  begin({
    home: async (data) => {
      const env = { ...process.env, HEARTH_DATA: data, HEARTH_PORT: '0', HEARTH_LOG: 'error' }
      const server = spawn(process.execPath, [join(root, 'packages/cli/bin/hearth.js'), 'start'], {
        env,
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const ended = once(server, 'exit')
      await Promise.race([once(server.stdout, 'data'), ended])
      server.kill('SIGTERM')
      await ended
      // Each server makes these for itself.
      for (const name of ['owner.key', 'logs', 'sessions']) await rm(join(data, name), { recursive: true, force: true })
    },
    store: async (data) => {
      const words = [join(root, 'packages/server/test/log/begin-store.ts'), data]
      await once(spawn(process.execPath, words, { stdio: 'ignore' }), 'exit')
    },
  })
