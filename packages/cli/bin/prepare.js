#!/usr/bin/env node
import { resolve } from 'node:path'
import { CommandError, report } from '../src/errors.js'
import { cloneRoot } from '../src/setup/clone.js'
import { forServer, install } from '../src/setup/install.js'
import { isNeeded, runScript } from '../src/setup/runtime.js'

// node prepare.js [FILE [arguments]]: completes what npm installs in this clone, then runs FILE with Node 24. Without a FILE it installs
// what a server needs: the shell then finds the packaged Node, and no older one stays beside it.
try {
  const [file, ...rest] = process.argv.slice(2)
  const root = cloneRoot()
  if (root === undefined) throw new CommandError('cli.no-clone', 'prepare.js works in a clone of the repository only.')
  await install(root, file === undefined ? forServer(process.env) : { development: true, optional: isNeeded })
  const code = file === undefined ? 0 : await runScript(root, resolve(file), rest)
  if (code !== undefined) process.exitCode = code
} catch (error) {
  process.exitCode = report(error, { json: false })
}
