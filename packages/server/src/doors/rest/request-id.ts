import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const sane = /^[\w.:-]{1,128}$/

/** Keys and secrets that Hearth makes. */
const secret = /^(hearth|whsec)_/

/** The caller's own id when it is one that can be logged and sent back as it is, and no key in the wrong place; else a new one. */
export function requestIds(isKey: (text: string) => boolean = () => false): (request: IncomingMessage) => string {
  const process = randomBytes(6).toString('base64url')
  let count = 0
  return (request) => {
    const given = request.headers['x-request-id']
    if (typeof given === 'string' && sane.test(given) && !secret.test(given) && !isKey(given)) return given
    count += 1
    return `${process}-${count.toString(36)}`
  }
}
