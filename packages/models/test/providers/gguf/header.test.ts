// shows: A1
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { inspectGguf } from '../../../src/providers/gguf/header.ts'
import { head, type Entry } from './head.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-gguf-'))
})
after(() => rm(folder, { recursive: true, force: true }))

const usual: readonly Entry[] = [
  ['general.architecture', 'string', 'llama'],
  ['llama.context_length', 'uint32', 4096],
  ['general.file_type', 'uint32', 7],
]

async function inspected(bytes: Uint8Array) {
  const path = join(folder, 'model.gguf')
  await writeFile(path, bytes)
  return inspectGguf(path)
}

const reasonOf = async (bytes: Uint8Array): Promise<string> => {
  const found = await inspected(bytes)
  return found.type === 'unusable' ? found.reason : assert.fail('it was taken')
}

test('the head of a file says what its model is, whatever stands around that', async () => {
  const vocabulary = Array.from({ length: 20_000 }, (_, index) => `token ${index} ${'x'.repeat(index % 40)}`)
  const bytes = head({
    entries: [
      ['tokenizer.ggml.tokens', 'strings', vocabulary],
      ['tokenizer.ggml.scores', 'floats', vocabulary.length],
      ['tokenizer.chat_template', 'string', 'x'.repeat(100_000)],
      ['general.quantized', 'bool', 1],
      ...usual,
    ],
  })
  assert.deepEqual(await inspected(bytes), {
    type: 'model',
    size: bytes.length,
    architecture: 'llama',
    context: 4096,
    quantization: 'Q8_0',
    chats: true,
  })
})

test('a head that is cut anywhere is said to be', async () => {
  const bytes = head({ tensors: 2, entries: [...usual, ['tokenizer.ggml.tokens', 'strings', ['a', 'bc', 'def']]] })
  // Behind the last weights there may be padding, or none.
  for (let length = 0; length < bytes.length - 28; length += 1)
    assert.match(await reasonOf(bytes.subarray(0, length)), /ends in the middle/, String(length))
  assert.equal((await inspected(bytes)).type, 'model')
})

test('a head with any byte changed is taken or refused with a reason, and asks for no more memory than it has', async () => {
  const bytes = head({ entries: [...usual, ['tokenizer.ggml.tokens', 'strings', ['a', 'bc', 'def']]] })
  for (let at = 0; at < bytes.length; at += 1)
    for (const value of [0, 9, 0x7f, 0xff]) {
      const changed = Buffer.from(bytes)
      changed[at] = value
      const found = await inspected(changed)
      assert.ok(found.type === 'model' || found.reason.length > 0)
    }
})

test('what is no model to talk to is said to be none', async () => {
  assert.match(await reasonOf(Buffer.from('GGML and more')), /no GGUF/)
  assert.match(await reasonOf(head({ version: 1, entries: usual })), /version/)
  assert.match(await reasonOf(head({ version: 0x03000000, entries: usual })), /version/)
  assert.match(await reasonOf(head({ tensors: 0, entries: usual })), /no weights/)
  assert.match(await reasonOf(head({ entries: [] })), /architecture/)
  assert.match(await reasonOf(head({ entries: [['general.architecture', 'string', '../x']] })), /architecture/)
  assert.match(await reasonOf(head({ entries: usual.slice(0, 1) })), /how many tokens/)
  assert.match(await reasonOf(head({ entries: [...usual, ['split.count', 'uint16', 2]] })), /several files/)
  assert.match(await reasonOf(head({ entries: [...usual, ['general.type', 'string', 'adapter']] })), /part of a model/)
  const embeds = await inspected(head({ entries: [...usual, ['llama.pooling_type', 'uint32', 1]] }))
  assert.equal(embeds.type === 'model' && embeds.chats, false)
})

test('what is no file is not waited for', async () => {
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const loop = join(folder, 'loop')
  await symlink(loop, loop)
  for (const path of [pipe, folder, loop, '/dev/zero', join(folder, 'absent'), `${pipe}/below`]) {
    const found = await inspectGguf(path)
    assert.equal(found.type, 'unusable', path)
  }
})
