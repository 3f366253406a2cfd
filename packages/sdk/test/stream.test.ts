// shows: H1
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createClient, HearthUnreachable, type StreamItem } from '@hearth/sdk'
import { startFramesServer } from './frames-server.ts'
import { ownerKey, startHearth, until, type RunningHearth } from './hearth.ts'

let server: RunningHearth
before(async () => {
  server = await startHearth()
})
after(() => server[Symbol.asyncDispose]())

const input = { text: 'streamed', at: '2040-01-01T00:00:00Z' }
const output = { id: 'rem_1', next: '2040-01-01T00:00:00.000Z' }
const problem = (code: string, status: number) => ({ code, status, title: 'No', detail: 'No.', requestId: 'r' })

async function collect(items: AsyncIterable<StreamItem<unknown>>): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const item of items) found.push(item.type === 'part' ? item.part : item.type)
  return found
}

test('an operation without parts streams its answer, over the connection of the watches, and its writes are read', async () => {
  const hearth = createClient({ url: server.url, key: ownerKey })
  const items = await Array.fromAsync(hearth.reminders.set.stream({ ...input, home: 'streams' }))
  const [item] = items
  assert.ok(items.length === 1 && item?.type === 'result')
  assert.match(item.output.id, /^rem_/)
  assert.match(hearth.position() ?? '', /^\d+\.\d+$/)
  const [read] = await Array.fromAsync(hearth.stream('reminders.list', { home: 'streams' }))
  assert.ok(read?.type === 'result')
  assert.equal(read.output.items[0]?.id, item.output.id)
  const refused = hearth.stream('reminders.cancel', { id: 'nothing' })
  await assert.rejects(refused.next(), { code: 'reminders.unknown', status: 404 })
})

test('long work of a real server streams how far it has come, then its answer', async () => {
  const hearth = createClient({ url: server.url, key: ownerKey })
  await hearth.reminders.set({ ...input, home: 'progress' })
  const items = await Array.fromAsync(hearth.log.verify.stream({}))
  const parts = items.flatMap((item) => (item.type === 'part' ? [item.part as { done: number; of: number }] : []))
  assert.ok(parts.length > 0)
  assert.equal(parts.at(-1)?.done, parts.at(-1)?.of)
  const last = items.at(-1)
  assert.ok(last?.type === 'result')
  assert.deepEqual(last.output.broken, [])
})

test('the same key over either way is the same call', async () => {
  const hearth = createClient({ url: server.url, key: ownerKey })
  const [item] = await Array.fromAsync(hearth.stream('reminders.set', input, { key: 'either' }))
  assert.ok(item?.type === 'result')
  assert.deepEqual(await hearth.reminders.set(input, { key: 'either' }), item.output)
})

test('parts come as they are sent, then the answer; each call gets its own', async () => {
  await using frames = await startFramesServer(({ id, input: { text } }, send) => {
    for (const part of ['a', { 'text-delta': 'b' }, null]) send({ id, part: part === 'a' ? text : part })
    send({ id, result: { ...output, id: text } })
    send({ id, part: 'after the end' })
  })
  const hearth = createClient({ url: frames.url, key: ownerKey })
  const [one, other] = await Promise.all([
    collect(hearth.reminders.set.stream({ ...input, text: 'one' })),
    collect(hearth.reminders.set.stream({ ...input, text: 'other' })),
  ])
  assert.deepEqual(one, ['one', { 'text-delta': 'b' }, null, 'result'])
  assert.deepEqual(other, ['other', { 'text-delta': 'b' }, null, 'result'])
  assert.equal(frames.connections.length, 1)
  const [first, second] = frames.asked
  assert.deepEqual([first.call, second.call], ['reminders.set', 'reminders.set'])
  assert.notEqual(first.key, second.key)
})

test('a connection lost between parts: the same call under the same key, and a gap where parts are missing', async () => {
  await using frames = await startFramesServer(({ id }, send, socket) => {
    send({ id, part: frames.connections.length === 1 ? 'first' : 'again' })
    if (frames.connections.length === 1) socket.terminate()
    else send({ id, result: output, position: '3.7' })
  })
  const hearth = createClient({ url: frames.url, key: ownerKey })
  assert.deepEqual(await collect(hearth.reminders.set.stream(input)), ['first', 'gap', 'again', 'result'])
  assert.deepEqual([frames.asked.length, frames.asked[0].key], [2, frames.asked[1].key])
  assert.equal(hearth.position(), '3.7')
})

test('what may pass is asked again under the same key, so often and no more', async () => {
  await using frames = await startFramesServer(({ id }, send) => {
    if (frames.asked.length < 3) send({ id, error: problem('inbox.full', 429) })
    else send({ id, result: output })
  })
  const hearth = createClient({ url: frames.url, key: ownerKey })
  assert.deepEqual(await collect(hearth.reminders.set.stream(input)), ['result'])
  assert.equal(new Set(frames.asked.map(({ key }) => key)).size, 1)
  assert.equal(new Set(frames.asked.map(({ id }) => id)).size, 3, 'each time under an id of its own')
  await using full = await startFramesServer(({ id }, send) => send({ id, error: problem('inbox.full', 429) }))
  const other = createClient({ url: full.url, key: ownerKey })
  await assert.rejects(collect(other.reminders.set.stream(input, { retries: 1 })), { code: 'inbox.full' })
  assert.equal(full.asked.length, 2)
  await using cutting = await startFramesServer((_asked, _send, socket) => socket.terminate())
  const third = createClient({ url: cutting.url, key: ownerKey, retries: 1 })
  await assert.rejects(collect(third.reminders.set.stream(input)), HearthUnreachable)
  assert.equal(cutting.asked.length, 2)
})

test('parts that nobody takes do not fill the memory', async () => {
  const part = 'x'.repeat(64 * 1024)
  await using frames = await startFramesServer(({ id }, send) => {
    for (let count = 0; count < 100; count += 1) send({ id, part: `${count} ${part}` })
    send({ id, result: output })
  })
  const hearth = createClient({ url: frames.url, key: ownerKey })
  const items = hearth.reminders.set.stream(input)
  await items.next()
  const closed = Promise.withResolvers<void>()
  frames.connections[0]?.on('close', closed.resolve)
  // The connection ends when the answer has come, whoever has taken what.
  await closed.promise
  const found = await collect(items)
  assert.equal(found[0], 'gap')
  assert.equal(found.at(-1), 'result')
  assert.ok(found.length > 2 && found.length < 20, `${found.length} were kept`)
  assert.match(String(found.at(-2)), /^99 x/)
})

test('whoever leaves says so, and gets nothing more', async () => {
  await using frames = await startFramesServer(({ id, stop }, send) =>
    send(stop ? { id, result: null } : { id, part: 1 }),
  )
  const hearth = createClient({ url: frames.url, key: ownerKey })
  const other = hearth.reminders.set.stream(input)
  await other.next()
  for await (const item of hearth.reminders.set.stream(input)) {
    assert.equal(item.type, 'part')
    break
  }
  await until(() => frames.asked.length === 3, 'it is stopped')
  assert.deepEqual(frames.asked[2], { id: frames.asked[1].id, stop: true })
  await other.return?.()
})

test('a connection on which nothing comes any more is given up and made again', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] })
  let isSilent = false
  await using frames = await startFramesServer(({ id, watch, stop }, send) => {
    if (isSilent) return
    if (watch) send({ id, snapshot: { items: [], next: null }, position: `1.${frames.connections.length}` })
    if (stop) send({ id, result: null })
  })
  const hearth = createClient({ url: frames.url, key: ownerKey })
  const watch = hearth.reminders.list.watch()
  await watch.next()
  for (let count = 1; count <= 3; count += 1) {
    context.mock.timers.tick(15_000)
    await until(() => frames.asked.filter(({ id }) => id === 'beat').length === count, 'the beat is answered')
  }
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(frames.connections.length, 1)
  isSilent = true
  context.mock.timers.tick(15_000)
  await until(() => frames.asked.length === 5, 'the beat is not answered')
  isSilent = false
  context.mock.timers.tick(15_000)
  const { value } = await watch.next()
  assert.deepEqual([value?.type, value?.position, frames.connections.length], ['reset', '1.2', 2])
  assert.equal(frames.asked.at(-1).from, '1.1')
  await watch.return?.()
})

test('a change that does not fit makes the watch ask for everything', async () => {
  await using frames = await startFramesServer(({ id, watch, from }, send) => {
    if (!watch) return
    const count = frames.asked.filter((asked) => asked.watch).length
    assert.equal(from, undefined)
    send({ id, snapshot: { items: [count], next: null }, position: `1.${count}` })
    if (count === 1) send({ id, change: [{ op: 'replace', path: '/nothing/here', value: 1 }], position: '1.5' })
  })
  const hearth = createClient({ url: frames.url, key: ownerKey })
  const watch = hearth.reminders.list.watch()
  const types: unknown[] = []
  for await (const { type, position } of watch) {
    types.push([type, position])
    if (position === '1.2') break
  }
  assert.deepEqual(types.at(-1), types.length === 1 ? ['snapshot', '1.2'] : ['reset', '1.2'])
})

test('a connection that speaks something else is not believed', async () => {
  await using frames = await startFramesServer((_asked, send) => send('<html>'))
  const hearth = createClient({ url: frames.url, key: ownerKey, retries: 1 })
  await assert.rejects(hearth.reminders.list.watch().next(), HearthUnreachable)
})
