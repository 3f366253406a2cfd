import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { runLoad } from '../src/load/load.ts'
import { percentile, total } from '../src/load/histogram.ts'
import { templateOf } from '../src/gateway/measure.ts'
import { direct } from '../src/gateways/direct.ts'
import { runCrowd } from '../src/stream/crowd.ts'
import { model, said, words } from '../src/upstream/protocol.ts'
import { startUpstream, type Upstream } from '../src/upstream/upstream.ts'

let upstream: Upstream

before(async () => {
  upstream = await startUpstream()
})
after(() => upstream[Symbol.asyncDispose]())

interface Told {
  readonly choices: readonly {
    readonly message?: { readonly content: string }
    readonly delta?: { readonly content?: string }
  }[]
  readonly usage?: object
}

const ask = (body: object): Promise<Response> =>
  fetch(`${upstream.url}/chat/completions`, { method: 'POST', body: JSON.stringify(body) })

test('the provider says the same whole and in a stream, tells usage to who asks for it, and counts its answers', async () => {
  const counted = await upstream.answered()
  const whole = (await (await ask({ model })).json()) as Told
  assert.equal(whole.choices[0]?.message?.content, said)
  assert.deepEqual(whole.usage, {
    prompt_tokens: 11,
    completion_tokens: words.length,
    total_tokens: 11 + words.length,
  })
  const stream = async (options: object): Promise<readonly Told[]> => {
    const response = await ask({ model, stream: true, ...options })
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/)
    const events = (await response.text()).split('\n\n')
    assert.deepEqual(events.splice(-2), ['data: [DONE]', ''])
    return events.map((event) => JSON.parse(event.slice('data: '.length)) as Told)
  }
  for (const usage of [true, false]) {
    const events = await stream(usage ? { stream_options: { include_usage: true } } : {})
    assert.equal(events.map(({ choices }) => choices[0]?.delta?.content ?? '').join(''), said)
    assert.equal(events.filter((event) => 'usage' in event).length, usage ? 1 : 0)
  }
  assert.equal(await upstream.answered(), counted + 3)
  const { data } = (await (await fetch(`${upstream.url}/models`)).json()) as {
    readonly data: readonly { readonly id: string }[]
  }
  assert.deepEqual(
    data.map(({ id }) => id),
    [model],
  )
})

test('a request in pieces, in chunks or right behind another is answered', async () => {
  const body = JSON.stringify({ model })
  const line = 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n'
  const sized = `${line}content-length: ${body.length}\r\n\r\n${body}`
  const chunked = `${line}transfer-encoding: chunked\r\n\r\n4\r\n${body.slice(0, 4)}\r\n${(body.length - 4).toString(16)}\r\n${body.slice(4)}\r\n0\r\n\r\n`
  const counted = await upstream.answered()
  const socket = connect(upstream.port, '127.0.0.1')
  let received = ''
  socket.setEncoding('utf8').on('data', (text: string) => (received += text))
  const all = sized + chunked + sized
  for (let at = 0; at < all.length; at += 37) {
    socket.write(all.slice(at, at + 37))
    await new Promise((resolve) => setImmediate(resolve))
  }
  while (received.split('"finish_reason":"stop"').length < 4) await new Promise((resolve) => setTimeout(resolve, 5))
  socket.destroy()
  assert.equal(received.split('HTTP/1.1 200 OK').length, 4)
  assert.equal(await upstream.answered(), counted + 3)
})

test('the load reads completions, says when the first token came, and takes no other answer for one', async () => {
  const gateway = await direct.start('', upstream)
  const load = (form: 'whole' | 'stream', text: string) =>
    runLoad({
      template: templateOf(gateway, form),
      completion: { form, text },
      connections: 2,
      seconds: 60,
      requests: 40,
    })
  const whole = await load('whole', said)
  assert.deepEqual([whole.acknowledged, whole.statuses, whole.faults], [40, { 200: 40 }, []])
  assert.equal(total(whole.firstToken), 0)
  const stream = await load('stream', said)
  assert.deepEqual([stream.acknowledged, stream.faults], [40, []])
  assert.equal(total(stream.firstToken), 40)
  assert.ok(percentile(stream.firstToken, 0.5) < percentile(stream.latency, 0.5))
  const other = await load('whole', 'Good night')
  assert.deepEqual([other.acknowledged, other.statuses], [0, { 200: 40 }])
  assert.match(other.faults[0] ?? '', /^something else was said/)
})

test('a crowd reads every stream to its end, and says of tokens how late they were', async () => {
  const gateway = await direct.start('', upstream)
  const plan = {
    template: templateOf(gateway, 'stream', 20),
    streams: 30,
    tokens: 20,
    beginsWithinMs: 20,
    withinMs: 30_000,
  }
  await upstream.speak({ tokens: 20, everyMs: 2, stamped: true })
  const all = await runCrowd(plan)
  assert.deepEqual([all.whole, all.tokens, all.statuses, all.faults], [30, 600, { 200: 30 }, []])
  assert.deepEqual([total(all.lag), total(all.firstToken)], [600, 30])
  await upstream.speak({ tokens: 19, everyMs: 1, stamped: true })
  const short = await runCrowd(plan)
  assert.equal(short.whole, 0)
  assert.match(short.faults[0] ?? '', /^a stream ended after 19 of 20 tokens/)
  await upstream.behave('errors')
  const none = await runCrowd(plan)
  assert.deepEqual([none.whole, none.statuses], [0, { 500: 30 }])
  await upstream.behave('hangs')
  assert.equal((await runCrowd({ ...plan, withinMs: 50 })).whole, 0)
  await upstream.behave('well')
  await upstream.speak({ tokens: words.length, everyMs: 1, stamped: false })
})

test('a provider that died refuses, and is there again where it was', async () => {
  await upstream.behave('refuses')
  await assert.rejects(ask({ model }))
  await upstream.behave('well')
  assert.equal((await ask({ model })).status, 200)
  const { socket, closed } = await connected()
  await upstream.behave('hangs')
  socket.write(request)
  await upstream.behave('well')
  assert.equal((await closed).split('HTTP/1.1').length, 2)
  assert.equal((await ask({ model })).status, 200)
})

const request = 'POST /v1/chat/completions HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}'

/** A connection on which one request was answered, and what was received on it when it is closed. */
async function connected(): Promise<{ readonly socket: Socket; readonly closed: Promise<string> }> {
  const socket = connect(upstream.port, '127.0.0.1')
  let received = ''
  socket.setEncoding('utf8').on('data', (text: string) => (received += text))
  socket.on('error', () => undefined)
  const closed = once(socket, 'close').then(() => received)
  socket.write(request)
  await once(socket, 'data')
  return { socket, closed }
}
