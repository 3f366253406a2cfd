import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const sane = /^[\w.:-]{1,128}$/

/** The caller's own id when it is one that can be logged and sent back as it is, else a new one. */
export function requestIds(): (request: IncomingMessage) => string {
  const process = randomBytes(6).toString('base64url')
  let count = 0
  return (request) => {
    const given = request.headers['x-request-id']
    if (typeof given === 'string' && sane.test(given)) return given
    count += 1
    return `${process}-${count.toString(36)}`
  }
}
