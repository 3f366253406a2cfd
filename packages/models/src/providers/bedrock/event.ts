import { isObject } from '../failures/chain.ts'

const [ofPrelude, ofChecksum] = [12, 4]
/** The kind of a header’s value that is text: all that Bedrock sends are. */
const isText = 7

/** The headers of a frame that has been checked; without those behind one that is no text. */
function headersOf(frame: Buffer): ReadonlyMap<string, string> {
  const end = Math.min(ofPrelude + frame.readUInt32BE(4), frame.length - ofChecksum)
  const headers = new Map<string, string>()
  for (let at = ofPrelude; at < end;) {
    const nameEnd = at + 1 + (frame[at] ?? 0)
    if (nameEnd + 3 > end || frame[nameEnd] !== isText) break
    const valueEnd = nameEnd + 3 + frame.readUInt16BE(nameEnd + 1)
    if (valueEnd > end) break
    headers.set(frame.toString('utf8', at + 1, nameEnd), frame.toString('utf8', nameEnd + 3, valueEnd))
    at = valueEnd
  }
  return headers
}

/** What kind of event a frame holds. */
export const typeIn = (frame: Buffer): string | undefined => headersOf(frame).get(':event-type')

/** A failure in the place of an event, in the form in which an answer is one; null where it is none. */
export function exceptionIn(frame: Buffer): Error | null {
  const headers = headersOf(frame)
  const type = headers.get(':message-type')
  if (type !== 'exception' && type !== 'error') return null
  const code = headers.get(':exception-type') ?? headers.get(':error-code')
  const content = contentOf(frame)
  const said = isObject(content) ? (content['message'] ?? content['Message'] ?? content['originalMessage']) : undefined
  const message = said ?? headers.get(':error-message') ?? 'the answer was given up'
  return Object.assign(new Error('an exception in a stream'), {
    statusCode: 200,
    responseBody: JSON.stringify({ message, code }),
  })
}

function contentOf(frame: Buffer): unknown {
  try {
    return JSON.parse(frame.toString('utf8', ofPrelude + frame.readUInt32BE(4), frame.length - ofChecksum)) as unknown
  } catch {
    return undefined
  }
}
