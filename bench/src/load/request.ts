/** A request whose path, headers and body may hold `{{stream}}` (one of so many), `{{serial}}` (never twice) and `{{instant}}`. */
export interface RequestTemplate {
  readonly host: string
  readonly port: number
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly streams: number
  /** At random, or each in turn. */
  readonly order: 'random' | 'in turn'
  /** In turn: where it begins; 0 when absent. */
  readonly firstStream?: number
  /** `{{instant}}` of the first request, and how much later that of each next one is. */
  readonly instants?: { readonly from: number; readonly everyMs: number }
  /** The first serial: runs against the same server must not share any. */
  readonly firstSerial: number
}

const digits = { stream: 6, serial: 12 } as const
const placeholder = /\{\{(stream|serial|instant)\}\}/

/** Numbers are padded to one width, so all requests of a template are equally long and their heads need no counting. */
export function makeRequests(template: RequestTemplate): () => string {
  const sample = fill(template.body, {
    stream: '0'.repeat(digits.stream),
    serial: '0'.repeat(digits.serial),
    instant: new Date(0).toISOString(),
  })
  const headers = {
    host: `${template.host}:${template.port}`,
    ...template.headers,
    'content-length': String(Buffer.byteLength(sample)),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const text = `${template.method} ${template.path} HTTP/1.1\r\n${lines.join('')}\r\n${template.body}`
  // Splitting by a group keeps what it matched: the odd parts are the names of placeholders.
  const parts = text.split(placeholder)
  const { streams, order, firstStream = 0, instants = { from: 0, everyMs: 0 } } = template
  let serial = template.firstSerial
  let turn = (firstStream - 1) % streams
  let number = -1
  const nextStream = (): number => {
    if (order === 'random') return Math.floor(Math.random() * streams)
    turn = (turn + 1) % streams
    return turn
  }
  return () => {
    number += 1
    let request = parts[0] ?? ''
    for (let index = 1; index < parts.length; index += 2) {
      if (parts[index] === 'stream') request += streamNamed(nextStream())
      else if (parts[index] === 'serial') request += pad((serial += 1), digits.serial)
      else request += new Date(instants.from + Math.floor(number * instants.everyMs)).toISOString()
      request += parts[index + 1] ?? ''
    }
    return request
  }
}

/** As it stands for `{{stream}}`. */
export const streamNamed = (stream: number): string => pad(stream, digits.stream)

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0')
}

function fill(text: string, values: Readonly<Record<'stream' | 'serial' | 'instant', string>>): string {
  return text
    .replaceAll('{{stream}}', values.stream)
    .replaceAll('{{serial}}', values.serial)
    .replaceAll('{{instant}}', values.instant)
}
