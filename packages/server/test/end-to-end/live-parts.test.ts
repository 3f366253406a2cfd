// long: a run of everything that npm alone tests has five minutes
// shows: H1, A13
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startHearth, type RunningHearth } from './hearth.ts'
import { openSocket, type LiveSocket } from './live-socket.ts'

let hearth: RunningHearth
before(async () => {
  hearth = await startHearth({ HEARTH_FEATURES: 'probe' })
  for (let stream = 0; stream < 40; stream += 1)
    assert.equal((await hearth.call('probe.record', { stream: `s${stream}`, events: 50 })).status, 200)
})
after(() => hearth[Symbol.asyncDispose]())

/** Frames of one id up to its answer. */
async function untilAnswered(
  socket: LiveSocket,
  id: number,
): Promise<{ readonly parts: unknown[]; readonly answer: object }> {
  const parts: unknown[] = []
  for (;;) {
    const frame = await socket.next()
    if (frame.id !== id) continue
    if (!('part' in frame)) return { parts, answer: frame }
    parts.push(frame.part)
  }
}

test('long work tells how far it has come while its answer is on its way', async () => {
  await using socket = await openSocket(hearth.url)
  for (const [id, operation, input] of [
    [1, 'log.verify', {}],
    [2, 'views.verify', { view: 'probe' }],
  ] as const) {
    socket.send({ id, call: operation, input })
    const { parts, answer } = await untilAnswered(socket, id)
    const told = parts as { readonly type: string; readonly done: number; readonly of: number }[]
    assert.ok(told.length >= 1, operation)
    assert.ok(told.every(({ type, done, of }) => type === 'progress' && done >= 0 && done <= of && of >= 2000))
    assert.ok(told.every(({ done }, index) => index === 0 || done >= (told[index - 1]?.done ?? 0)))
    assert.equal(told.at(-1)?.done, told.at(-1)?.of)
    assert.ok('result' in answer, JSON.stringify(answer))
  }
})

test('who stops listening gets the answer and no more parts, and over HTTP there are none', async () => {
  await using socket = await openSocket(hearth.url)
  socket.send({ id: 3, call: 'log.verify', input: {} })
  socket.send({ id: 3, stop: true })
  const stopped = await untilAnswered(socket, 3)
  assert.equal((stopped.answer as { result: unknown }).result, null)
  const { parts, answer } = await untilAnswered(socket, 3)
  assert.deepEqual(parts, [])
  assert.ok('result' in answer)
  assert.deepEqual((await hearth.call('log.verify', {})).json.broken, [])
})
