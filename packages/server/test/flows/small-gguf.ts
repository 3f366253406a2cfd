import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const number = (bytes: 4 | 8, value: number): Buffer => {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUInt32LE(value)
  return buffer
}
const text = (value: string): Buffer => Buffer.concat([number(8, value.length), Buffer.from(value)])

/** The head of a model in GGUF with one tensor of nothing: enough to be added, and never run. */
export function smallGguf(): string {
  const path = join(tmpdir(), `hearth-flow-${process.pid}.gguf`)
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    number(4, 3),
    number(8, 1),
    number(8, 2),
    text('general.architecture'),
    number(4, 8),
    text('llama'),
    text('llama.context_length'),
    number(4, 4),
    number(4, 2048),
    // A row of 32 numbers, each of four bytes.
    text('t'),
    number(4, 1),
    number(8, 32),
    number(4, 0),
    number(8, 0),
  ])
  writeFileSync(path, Buffer.concat([head, Buffer.alloc(512)]))
  process.once('exit', () => rmSync(path, { force: true }))
  return path
}
