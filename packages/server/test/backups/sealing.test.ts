// shows: A9
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { backupKey, rootKey } from '../../src/backups/keys.ts'
import { pieces } from '../../src/backups/pieces.ts'
import { seal, unseal } from '../../src/backups/sealing.ts'

const key = backupKey(rootKey(randomBytes(32), undefined), randomBytes(32))
const head = 48
const chunk = 64 * 1024

async function* inParts(content: Buffer, size = 10_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size)
}
const all = async (parts: AsyncIterable<Buffer>): Promise<Buffer> => Buffer.concat(await Array.fromAsync(parts))
const sealed = (content: Buffer, file = 'one'): Promise<Buffer> => all(seal(inParts(content), key, file))
const opened = (content: Buffer, file = 'one', by = key): Promise<Buffer> =>
  all(unseal(inParts(content, 7_001), { key: by, file, where: 'here' }))
const refused = (content: Buffer, file?: string, by = key) =>
  assert.rejects(opened(content, file, by), { code: 'backup.damaged' })

test('what was sealed is opened again, at every length around the ends of its pieces', async () => {
  for (const length of [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 3 * chunk + 17]) {
    const content = randomBytes(length)
    const hidden = await sealed(content)
    assert.ok((await opened(hidden)).equals(content), String(length))
    if (length > 16) assert.equal(hidden.includes(content.subarray(0, 16)), false)
  }
})

test('a change of any bit, a cut anywhere, more at the end and pieces in another order are refused', async () => {
  const hidden = await sealed(randomBytes(2 * chunk + 100))
  for (const at of [0, 20, head, head + 5, head + chunk, hidden.length - 17, hidden.length - 1]) {
    const changed = Buffer.from(hidden)
    changed[at] = (changed[at] ?? 0) ^ 1
    await refused(changed)
  }
  const piece = chunk + 16
  for (const length of [
    0,
    1,
    head - 1,
    head,
    head + 1,
    head + piece - 1,
    head + piece,
    head + 2 * piece,
    hidden.length - 1,
  ])
    await refused(hidden.subarray(0, length))
  await refused(Buffer.concat([hidden, Buffer.alloc(1)]))
  await refused(Buffer.concat([hidden, hidden.subarray(head)]))
  const [begin, first, second, rest] = [
    hidden.subarray(0, head),
    hidden.subarray(head, head + piece),
    hidden.subarray(head + piece, head + 2 * piece),
    hidden.subarray(head + 2 * piece),
  ]
  await refused(Buffer.concat([begin, second, first, rest]))
  await refused(Buffer.concat([begin, first, rest]))
  await refused(Buffer.concat([begin, first, first, second, rest]))
})

test('it opens under its own name, backup and key only, and never looks the same twice', async () => {
  const content = Buffer.from('the same')
  const hidden = await sealed(content)
  await refused(hidden, 'two')
  const root = rootKey(randomBytes(32), undefined)
  await refused(hidden, 'one', backupKey(root, randomBytes(32)))
  assert.notDeepEqual(backupKey(root, Buffer.alloc(32, 1)), backupKey(root, Buffer.alloc(32, 2)))
  assert.notDeepEqual(await sealed(content), hidden)
})

test('pieces have their size while more comes, however it comes', async () => {
  for (const size of [1, 3, 10, 100])
    for (const length of [0, 9, 10, 11, 30]) {
      const cut = await Array.fromAsync(pieces(inParts(Buffer.alloc(length), size), () => 10))
      const sizes = cut.map(({ bytes }) => bytes.length)
      assert.equal(
        sizes.reduce((sum, each) => sum + each, 0),
        length,
      )
      assert.ok(sizes.slice(0, -1).every((each) => each === 10))
      assert.deepEqual(
        cut.map(({ last }) => last),
        cut.map((_, index) => index === cut.length - 1),
      )
      assert.deepEqual(
        cut.map(({ number }) => number),
        cut.map((_, index) => index),
      )
    }
})
