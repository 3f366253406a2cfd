// shows: H1, A13
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { HeardTexts } from '../watch/heard-texts.ts'
import { startHearth, until, type RunningHearth } from './hearth.ts'
import { held, openSocket, type LiveSocket, type Received } from './live-socket.ts'

let hearth: RunningHearth
before(async () => {
  hearth = await startHearth({ HEARTH_FEATURES: 'probe' })
})
after(() => hearth[Symbol.asyncDispose]())

const said = (words: number): string => Array.from({ length: words }, (_, word) => `word${word} `).join('')
const input = (stream: string) => ({ home: `probe:${stream}`, stream })

const partsIn = (socket: LiveSocket, id: unknown = 1): Received[] =>
  socket.frames.flatMap((frame) => (frame.id === id && 'part' in frame ? [frame.part] : []))
const listIn = (socket: LiveSocket): Received => held(socket.frames.filter((frame) => 'position' in frame))
const speak = async (stream: string, words: number, perSecond: number, more = {}): Promise<void> => {
  const { status, text } = await hearth.call('probe.speak', { stream, words, perSecond, ...more })
  assert.equal(status, 200, text)
}

/** What a client shows at the end of each attempt. */
function attemptsIn(socket: LiveSocket): readonly string[] {
  const texts = new HeardTexts()
  return partsIn(socket).flatMap((part) => {
    const now = texts.take(part)
    return now?.ended === true ? [`${now.attempt}: ${now.text}`] : []
  })
}

test('who watches is told what a turn says while it says it, anew when it is tried again, and then has it for good', async () => {
  await using socket = await openSocket(hearth.url)
  socket.send({ id: 1, watch: 'probe.spoken', input: input('tried') })
  await socket.next()
  await speak('tried', 40, 200, { failAfter: 15 })
  await until(() => listIn(socket).items[0]?.text === said(40), 'the turn is in the list')
  assert.deepEqual(attemptsIn(socket), [`1: ${said(15)}`, `2: ${said(40)}`])
  const parts = partsIn(socket)
  assert.ok(parts.length > 6, `${parts.length} parts`)
  assert.equal(new Set(parts.map(({ turn, step }) => `${turn} ${step}`)).size, 1)
  assert.equal(parts.filter(({ type }) => type === 'text-reset').length, 1)
  assert.equal(parts.at(-1).type, 'text-end')
})

test('who comes in the middle, or comes back, has the whole text; who watches another stream hears nothing', async () => {
  await using first = await openSocket(hearth.url)
  await using other = await openSocket(hearth.url)
  first.send({ id: 1, watch: 'probe.spoken', input: input('middle') })
  other.send({ id: 1, watch: 'probe.spoken', input: input('other') })
  await Promise.all([first.next(), other.next()])
  await speak('middle', 60, 60)
  await until(() => partsIn(first).length > 3, 'it speaks')
  await using late = await openSocket(hearth.url)
  late.send({ id: 1, watch: 'probe.spoken', input: input('middle') })
  await until(() => listIn(late)?.items[0]?.text === said(60), 'the turn is in the list')
  assert.equal(partsIn(late)[0].type, 'text-reset')
  assert.deepEqual(attemptsIn(late), [`1: ${said(60)}`])
  assert.deepEqual(partsIn(other), [])
})

test('who stops watching is told no more, and a key that is revoked hears nothing more', async () => {
  const { json } = await hearth.call('keys.create', { name: 'listener', scopes: ['probe.read'] })
  await using socket = await openSocket(hearth.url, { authorization: `Bearer ${json.key}` })
  await using kept = await openSocket(hearth.url)
  for (const one of [socket, kept])
    for (const id of [1, 2]) one.send({ id, watch: 'probe.spoken', input: input('quiet') })
  await until(() => socket.frames.length === 2 && kept.frames.length === 2, 'all are watching')
  await speak('quiet', 100, 50)
  await until(() => partsIn(socket, 2).length > 0, 'it speaks')
  kept.send({ id: 2, stop: true })
  await until(() => kept.frames.some((frame) => frame.id === 2 && frame.result === null), 'it has stopped')
  const before = partsIn(kept, 2).length
  await hearth.call('keys.revoke', { id: json.id })
  const heard = partsIn(socket).length
  await until(() => kept.frames.some((frame) => frame.part?.type === 'text-end'), 'it has ended')
  assert.equal(partsIn(kept, 2).length, before)
  // One may have been on its way.
  assert.ok(partsIn(socket).length <= heard + 1)
  assert.ok(partsIn(kept).length > heard + 5)
})

test('who waits for an attached effect is told what it says, under the call; over HTTP it is answered alone', async () => {
  await using socket = await openSocket(hearth.url)
  socket.send({ id: 1, call: 'probe.say', input: { words: 30, perSecond: 100 } })
  await until(() => socket.frames.some((frame) => 'result' in frame), 'it is answered')
  assert.deepEqual(socket.frames.at(-1).result, { text: said(30) })
  assert.deepEqual(attemptsIn(socket), [`1: ${said(30)}`])
  assert.ok(partsIn(socket).length > 4)
  const { status, json } = await hearth.call('probe.say', { words: 3, perSecond: 1000 })
  assert.deepEqual([status, json], [200, { text: said(3) }])
})

test('of a turn of somebody who is forgotten nothing more is told', async () => {
  await using socket = await openSocket(hearth.url)
  socket.send({ id: 1, watch: 'probe.spoken', input: input('gone') })
  await socket.next()
  await speak('gone', 200, 100)
  await until(() => partsIn(socket).length > 3, 'it speaks')
  assert.equal((await hearth.call('people.forget', { person: 'probe:gone' })).status, 200)
  const texts = new HeardTexts()
  const shown = (): string | undefined =>
    partsIn(socket).reduce<string | undefined>((text, part) => texts.take(part)?.text ?? text, undefined)
  await until(() => partsIn(socket).at(-1).type === 'text-reset', 'it is taken back')
  assert.equal(shown(), '')
  const count = partsIn(socket).length
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.equal(partsIn(socket).length, count)
})
