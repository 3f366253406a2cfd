import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const fixtures = join(import.meta.dirname, '../fixtures')

/**
 * What no server can be made to say while it is recorded: an error in the middle of a stream, as its source writes it, behind what was
 * recorded, and the recording cut where nothing reads on.
 */
export function recordedServer(folder: string): ReadonlyMap<string, Buffer> {
  const read = (file: string): string => readFileSync(join(fixtures, folder, file), 'utf8')
  const error = JSON.stringify({ error: { code: 500, message: 'Compute error.', type: 'server_error' } })
  const events = read('length.sse').split('\n\n')
  const begun = events.filter((event) => event.includes('"finish_reason":null'))
  const lines = (list: readonly string[]): Buffer => Buffer.from(list.map((one) => `${one}\n\n`).join(''))
  const wave = begun.at(-1)?.replace(/"content":"[^"]*"/, '"content":"wave "') ?? ''
  return new Map([
    ['error-first.sse', lines([`data: ${error}`])],
    ['error-later.sse', lines([...begun, `data: ${error}`])],
    ['error-whole.json', Buffer.from(error)],
    ['garbage-later.sse', lines([...begun, 'data: {"choices":[{"del', 'data: [DONE]'])],
    ['forever.sse', lines([wave])],
  ])
}
