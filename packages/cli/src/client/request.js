import { CommandError, errorCode } from '../errors.js'
import { plain } from '../plain.js'
import { sleep } from '../process.js'
import { requestFor } from './http.js'

/** @import { Server } from './server.js' */

/**
 * @typedef {object} Call
 * @property {'GET' | 'POST'} method
 * @property {string} path
 * @property {string} [body]
 * @property {string} [idempotencyKey]
 * @property {number} [attempts]
 * @property {number} [withinMs] how long an answer may take; as long as it takes when absent
 */

/** @typedef {{ status: number, headers: import('node:http').IncomingHttpHeaders, text: string }} Answer */

const retriedStatus = new Set([429, 503])
const retriedErrors = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN'])
const longestWaitMs = 10_000

/** @param {number} attempt 1 after the first try */
const backoff = (attempt) => 150 * 2 ** (attempt - 1)

/**
 * @param {Server} server
 * @param {Call} call
 * @returns {Promise<Answer>}
 */
async function send(server, { method, path, body, idempotencyKey, withinMs }) {
  const request = requestFor(server.url)
  /** @type {import('node:http').OutgoingHttpHeaders} */
  const headers = { authorization: `Bearer ${server.key}`, accept: 'application/json' }
  if (body !== undefined)
    Object.assign(headers, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey
  return await new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, { method, headers, agent: false }, (response) => {
      /** @type {Buffer[]} */
      const parts = []
      response.on('data', (part) => parts.push(part))
      response.once('error', reject)
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(parts).toString('utf8'),
        }),
      )
    })
    sent.once('error', reject)
    if (withinMs !== undefined)
      sent.setTimeout(withinMs, () =>
        sent.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
      )
    sent.end(body)
  })
}

/**
 * Sends a call, and again with the same key while the server is starting, overloaded or away.
 * @param {Server} server
 * @param {Call} call
 * @returns {Promise<Answer>}
 */
export async function request(server, call) {
  const attempts = call.attempts ?? 1
  for (let attempt = 1; ; attempt++) {
    const last = attempt >= attempts
    try {
      const answer = await send(server, call)
      if (last || !retriedStatus.has(answer.status)) return answer
      await sleep(Math.min(Number(answer.headers['retry-after']) * 1000 || backoff(attempt), longestWaitMs))
    } catch (error) {
      const code = errorCode(error)
      if (last || code === undefined || !retriedErrors.has(code)) throw unreachable(server, error)
      await sleep(backoff(attempt))
    }
  }
}

/** @param {Server} server @param {unknown} error */
function unreachable(server, error) {
  const reason = errorCode(error) ?? String(error)
  return new CommandError('cli.no-answer', `Hearth does not answer at ${server.url} (${reason}).`)
}

/**
 * The JSON of a good answer; a refusal becomes an error that says what the server said.
 * @param {Answer} answer
 * @returns {any}
 */
export function readAnswer(answer) {
  const good = answer.status >= 200 && answer.status < 300
  const body = parse(answer.text)
  if (good && (body !== undefined || answer.text === '')) return body
  if (good || typeof body !== 'object' || body === null || typeof body.code !== 'string') {
    throw new CommandError(
      'cli.not-hearth',
      `The answer (${answer.status}) is not one of Hearth's: is this its address?`,
    )
  }
  throw new CommandError(body.code, describe(body), 1, body)
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return undefined
  }
}

/** @param {any} problem */
function describe(problem) {
  /** @type {{ path?: string | (string | number)[], message?: string }[]} */
  const issues = Array.isArray(problem.issues) ? problem.issues : []
  const lines = issues.map(
    ({ path, message }) => `  ${Array.isArray(path) ? path.join('.') : (path ?? '')}: ${message}`,
  )
  return [`${problem.detail ?? problem.title ?? 'refused'} (${problem.code})`, ...lines].map(plain).join('\n')
}
