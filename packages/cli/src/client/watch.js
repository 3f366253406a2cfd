import { CommandError } from '../errors.js'
import { plain } from '../plain.js'
import { applyPatch } from './patch.js'
import { openSocket } from './socket.js'

/** @import { Change } from './patch.js' */
/** @import { Server } from './server.js' */

/**
 * @typedef {object} Update
 * @property {'snapshot' | 'change' | 'reset'} type
 * @property {string} position
 * @property {any} answer the whole answer as it is now
 */

const firstWaitMs = 250
const longestWaitMs = 10_000

/** A server that stops or starts says so with these; whoever watches waits for it. */
const passing = new Set(['server.stopping', 'store.unavailable', 'read.behind'])

/**
 * Follows the answer of an operation. When the connection is lost it is made again, and the watch goes on from where it was.
 * @param {object} options
 * @param {() => Server} options.server asked at every connection: a server may come back at another address
 * @param {string} options.operation
 * @param {unknown} options.input
 * @param {(update: Update) => void} options.onUpdate
 * @param {(message: string) => void} options.onTrouble
 * @param {AbortSignal} options.signal
 */
export async function watch({ server, operation, input, onUpdate, onTrouble, signal }) {
  /** @type {Update | undefined} */
  let last
  let waitMs = firstWaitMs
  while (!signal.aborted) {
    try {
      const socket = await openSocket(server(), '/api/v1/live')
      await follow(
        socket,
        { id: 1, watch: operation, input, ...(last === undefined ? {} : { from: last.position }) },
        signal,
        (frame) => {
          waitMs = firstWaitMs
          last = next(last, frame)
          if (last !== undefined) onUpdate(last)
        },
      )
    } catch (error) {
      const isKnown = error instanceof CommandError
      // What was never there is an error; what was there may come back.
      if (
        !isKnown ||
        last === undefined ||
        !(error.code === 'cli.no-answer' || error.code === 'cli.not-running' || passing.has(error.code))
      )
        throw error
    }
    if (signal.aborted) return
    if (waitMs === firstWaitMs) onTrouble('the connection is lost: waiting for the server')
    await sleep(waitMs, signal)
    waitMs = Math.min(waitMs * 2, longestWaitMs)
  }
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} signal ends it early
 * @returns {Promise<void>}
 */
const sleep = (milliseconds, signal) =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal.addEventListener('abort', end)
  })

/**
 * @param {import('./socket.js').Socket} socket
 * @param {object} request
 * @param {AbortSignal} signal
 * @param {(frame: any) => void} onFrame
 * @returns {Promise<void>} when the connection has ended
 */
function follow(socket, request, signal, onFrame) {
  return new Promise((resolve, reject) => {
    const leave = () => socket.close()
    signal.addEventListener('abort', leave)
    socket.once('close', () => {
      signal.removeEventListener('abort', leave)
      resolve()
    })
    socket.on('message', (text) => {
      try {
        const frame = JSON.parse(text)
        if (frame.error !== undefined) throw refusal(frame.error)
        onFrame(frame)
      } catch (error) {
        socket.close()
        reject(
          error instanceof SyntaxError
            ? new CommandError('cli.not-hearth', 'What was sent is not JSON: is this Hearth?')
            : error,
        )
      }
    })
    socket.send(JSON.stringify(request))
    // It was interrupted while the connection was made.
    if (signal.aborted) leave()
  })
}

/** @param {any} problem */
function refusal(problem) {
  const issues = (problem.issues ?? []).map((/** @type {any} */ { path, message }) => `  ${path}: ${message}`)
  const text = [`${problem.detail} (${problem.code})`, ...issues].map(plain).join('\n')
  return new CommandError(problem.code, text, 1, problem)
}

/**
 * @param {Update | undefined} last
 * @param {any} frame
 * @returns {Update | undefined}
 */
function next(last, { snapshot, change, reset, position }) {
  if (snapshot !== undefined) return { type: 'snapshot', position, answer: snapshot }
  if (reset !== undefined) return { type: 'reset', position, answer: reset }
  if (change === undefined || last === undefined) return last
  return { type: 'change', position, answer: applyPatch(last.answer, /** @type {Change[]} */ (change)) }
}
