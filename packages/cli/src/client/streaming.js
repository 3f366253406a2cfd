import { CommandError, errorCode } from '../errors.js'
import { plain } from '../plain.js'
import { requestFor } from './http.js'

/** @import { Server } from './server.js' */

/**
 * Posts JSON, and gives the data of each event of the stream that answers.
 * @param {Server} server
 * @param {string} path
 * @param {unknown} body
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<string, { trailers: NodeJS.Dict<string>, headers: import('node:http').IncomingHttpHeaders }>}
 */
export async function* eventsOf(server, path, body, signal) {
  const response = await post(server, path, JSON.stringify(body), signal)
  if (response.statusCode !== 200) throw refusal(response.statusCode ?? 0, await textOf(response))
  let rest = ''
  response.setEncoding('utf8')
  try {
    for await (const chunk of response) {
      const events = `${rest}${chunk}`.split(/\r?\n\r?\n/)
      rest = events.pop() ?? ''
      for (const event of events) {
        const data = dataOf(event)
        if (data !== '') yield data
      }
    }
  } catch (error) {
    if (signal.aborted) throw error
    throw new CommandError('cli.no-answer', `The answer broke off (${errorCode(error) ?? error}).`)
  }
  return { trailers: response.trailers, headers: response.headers }
}

/** @param {string} event */
const dataOf = (event) =>
  event
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).trimStart())
    .join('\n')

/**
 * @param {Server} server
 * @param {string} path
 * @param {string} text
 * @param {AbortSignal} signal
 * @returns {Promise<import('node:http').IncomingMessage>}
 */
function post(server, path, text, signal) {
  const headers = {
    authorization: `Bearer ${server.key}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  }
  return new Promise((resolve, reject) => {
    const url = `${server.url}${path}`
    const sent = requestFor(server.url)(url, { method: 'POST', headers, agent: false, signal }, resolve)
    sent.once('error', (error) => {
      if (signal.aborted) return reject(error)
      const reason = errorCode(error) ?? String(error)
      reject(new CommandError('cli.no-answer', `Hearth does not answer at ${server.url} (${reason}).`))
    })
    sent.end(text)
  })
}

/** @param {import('node:http').IncomingMessage} response */
async function textOf(response) {
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response) if (text.length < 100_000) text += chunk
  return text
}

/** @param {number} status @param {string} text */
function refusal(status, text) {
  try {
    const { error } = JSON.parse(text)
    if (typeof error?.message === 'string')
      return new CommandError(String(error.code ?? error.type ?? 'models.failed'), plain(error.message))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return new CommandError('cli.not-hearth', `The answer (${status}) is not one of Hearth's: is this its address?`)
}
