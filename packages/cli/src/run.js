import { splitCommand } from './arguments.js'
import { findCommand } from './commands.js'
import { report, usage } from './errors.js'

/** @import { OwnOptions } from './arguments.js' */

/**
 * @param {string | undefined} name
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number | void>}
 */
async function dispatch(name, words, options, env) {
  if (options.version) {
    const { version } = await import('./commands/help.js')
    process.stdout.write(`${version()}\n`)
    return
  }
  if (name === undefined && !options.help) throw usage('Which command?')
  // What completion scripts ask: not for people, so no help tells of it.
  if (name === 'complete') return (await import('./commands/completion.js')).complete(words, env)
  const command = findCommand(name ?? 'help')
  const asksForHelp = options.help || words.includes('--help') || words.includes('-h')
  if (command !== undefined && asksForHelp) {
    const { printHelp } = await import('./commands/help.js')
    return await printHelp(command.name === 'help' ? [] : [command.name], options, env)
  }
  if (command !== undefined) return await command.run(words, options, env)
  if (name?.includes('.') !== true) {
    const { unknownCommand } = await import('./commands/help.js')
    throw unknownCommand(name ?? '')
  }
  const { call } = await import('./commands/call.js')
  return await call(name, words, options, env)
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
    return report(error, { json: words.includes('--json'), level: env['HEARTH_LOG'] })
  }
}
