import { serverToCall } from './client/server.js'
import { watch } from './client/watch.js'
import { say, usage } from './errors.js'
import { readable } from './print.js'
import { dim, screenOf } from './terminal/screen.js'

/** @import { Wanted } from './paging.js' */

const startOfScreen = '\u001b[H\u001b[2J\u001b[3J'

/**
 * Prints the answer, and prints it again whenever it changes, until it is interrupted: on a terminal in place of the former one, as JSON a
 * line for each update.
 * @param {Wanted} wanted
 */
export async function printUpdates({ operation, input, options, env }) {
  if (operation.watchable === false) throw usage(`${operation.name} cannot be watched.`)
  const ended = new AbortController()
  const end = () => ended.abort()
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(signal, end)
  try {
    await watch({
      server: () => serverToCall(options, env),
      operation: operation.name,
      input,
      signal: ended.signal,
      onTrouble: say,
      onUpdate: ({ type, position, answer }) => {
        if (options.json) return void process.stdout.write(`${JSON.stringify({ type, position, answer })}\n`)
        const screen = screenOf(process.stdout, env)
        const text = readable(answer, screen)
        if (screen.columns === undefined) return void process.stdout.write(`${text}\n\n`)
        const time = new Date().toLocaleTimeString()
        process.stdout.write(`${startOfScreen}${dim(`${operation.name}, ${time}; Ctrl-C ends`, screen)}\n${text}\n`)
      },
    })
  } finally {
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.off(signal, end)
  }
}
