import { readOwnOptions, splitCommand } from './arguments.js'
import { report, usage } from './errors.js'

/** @import { OwnOptions } from './arguments.js' */

// Modules are loaded when their command runs: most of the time of a short command is loading.

/**
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
async function printHelp([name, ...words], options, env) {
  const { help, operationHelp } = await import('./commands/help.js')
  if (name === undefined || !/\.|^operations$/.test(name)) {
    process.stdout.write(help())
    return
  }
  readOwnOptions(words, options, ['url', 'data'])
  const [{ findOperation, listOperations }, { serverToCall }, { readable }] = await Promise.all([
    import('./client/operations.js'),
    import('./client/server.js'),
    import('./print.js'),
  ])
  const operations = await listOperations(serverToCall(options, env))
  if (name !== 'operations') process.stdout.write(operationHelp(findOperation(operations, name)))
  else
    process.stdout.write(`${readable({ items: (operations ?? []).map(({ name, summary }) => ({ name, summary })) })}\n`)
}

/**
 * @param {string | undefined} command
 * @param {readonly string[]} rest
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number | void>}
 */
async function dispatch(command, rest, options, env) {
  if (options.version) {
    const { version } = await import('./commands/help.js')
    process.stdout.write(`${version()}\n`)
    return
  }
  const asksForHelp = options.help || rest.includes('--help') || rest.includes('-h')
  if (command === undefined && !options.help) throw usage('Which command?')
  if (command === undefined || command === 'help') return await printHelp(rest, options, env)
  if (asksForHelp && !command.includes('.')) return await printHelp([], options, env)
  switch (command) {
    case 'start': {
      const { start } = await import('./commands/start.js')
      return await start([...(options.data === undefined ? [] : ['--data', options.data]), ...rest], env)
    }
    case 'stop': {
      const { stop } = await import('./commands/stop.js')
      return await stop(rest, options, env)
    }
    case 'backup': {
      const { backup } = await import('./commands/backup.js')
      return await backup(rest, options, env)
    }
    case 'restore': {
      const { restore } = await import('./commands/backup.js')
      return await restore(rest, options, env)
    }
    case 'status': {
      const { status } = await import('./commands/status.js')
      return await status(rest, options, env)
    }
    default: {
      if (!command.includes('.')) throw usage(`There is no command ${command}.`)
      const { call } = await import('./commands/call.js')
      return await call(command, rest, options, env)
    }
  }
}

/**
 * Runs the command line and gives the exit code.
 * @param {readonly string[]} words
 * @param {NodeJS.ProcessEnv} env
 */
export async function run(words, env) {
  // Whoever reads the output may stop reading: `hearth events.list | head`.
  process.stdout.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') process.exit(0)
    throw error
  })
  try {
    const { options, command, rest } = splitCommand(words)
    return (await dispatch(command, rest, options, env)) ?? 0
  } catch (error) {
    return report(error, { json: words.includes('--json') })
  }
}
