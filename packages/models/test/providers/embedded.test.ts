// shows: A1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { ModelError, type ModelFailure } from '../../src/failure.ts'
import { createEmbedder, mostLettersOfText, type Embedder } from '../../src/providers/embedded/embedder.ts'
import { manifests } from '../../src/providers/embedded/manifest.ts'
import { embeddedModel } from '../../src/providers/embedded/provider.ts'
import { startThread, threadWithin, type StartThread } from '../../src/providers/embedded/thread.ts'
import { embeddingOf, similarity } from '../../src/vector.ts'

/** One worker for the tests that do not look at how it comes and goes. */
const embedder = createEmbedder()

const vectorsOf = async (texts: readonly string[], of: Embedder = embedder) => (await of.embed(texts)).vectors

async function likeness(one: string, other: string): Promise<number> {
  const [a, b] = (await vectorsOf([one, other])).map((vector) => embeddingOf('embedded/use-lite', vector))
  return similarity(a ?? assert.fail(), b ?? assert.fail()) ?? assert.fail()
}

async function failureOf(asking: PromiseLike<unknown>): Promise<ModelFailure> {
  try {
    await asking
  } catch (error) {
    assert.ok(error instanceof ModelError, String(error))
    return error.failure
  }
  return assert.fail('it was answered')
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(5)
}

test('texts that mean the same are nearer to each other than to others', async () => {
  assert.ok((await likeness('set an alarm for 7am', 'wake me up at seven')) > 0.5)
  assert.ok((await likeness('set an alarm for 7am', 'capital of France')) < 0.25)
  assert.ok(
    (await likeness('My phone is good', 'I like my phone')) > (await likeness('My phone is good', 'I like tea')),
  )
})

test('every vector has 512 numbers and the length 1, whatever the text', async () => {
  const texts = ['', ' ', '\n\t', '\ud800', 'a\udfffb', '😀😀 hi', '\0\0', '你好世界', '\u2581\u2581', 'ﷺ'.repeat(100)]
  texts.push('a'.repeat(2000), 'word '.repeat(300), '😀'.repeat(999), '__proto__ constructor', '\u2581'.repeat(600))
  const { vectors, tokens } = await embedder.embed(texts)
  assert.equal(vectors.length, texts.length)
  for (const [at, vector] of vectors.entries()) {
    assert.equal(vector.length, 512)
    assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-4, `${at}: ${Math.hypot(...vector)}`)
  }
  assert.ok(tokens > 500)
})

test('a text has the same vector alone and among others, in whatever order', async () => {
  const texts = Array.from({ length: 40 }, (_, at) => `text ${at} ${'of some words '.repeat(at % 7)}`)
  const all = await vectorsOf(texts)
  for (const at of [0, 17, 39]) {
    const [alone] = await vectorsOf([texts[at] ?? ''])
    for (let index = 0; index < 512; index += 1)
      assert.ok(Math.abs((alone?.[index] ?? 0) - (all[at]?.[index] ?? 1)) < 1e-4)
  }
})

test('what stands at the end of a long text counts too', async () => {
  const long = 'The ship left the harbour in the morning. '.repeat(60)
  const ends = await likeness(long, `${long}${'My favourite dish is soup with noodles. '.repeat(60)}`)
  assert.ok(ends < 0.98, String(ends))
  assert.ok(ends > 0.4, String(ends))
})

test('tokens are counted: more for more words', async () => {
  const [one, many] = [await embedder.embed(['the']), await embedder.embed(['the', 'the the the'])]
  assert.deepEqual([one.tokens, many.tokens], [1, 4])
})

test('what is too long is refused at once, and so is what would wait behind too much', async () => {
  assert.equal((await failureOf(embedder.embed(['x'.repeat(mostLettersOfText + 1)]))).type, 'too-long')
  assert.equal((await failureOf(embedder.embed(Array<string>(30).fill('x'.repeat(90_000))))).type, 'too-long')
  let events: Parameters<StartThread>[0] | undefined
  const start: StartThread = (own) => {
    events = own
    return { work: () => undefined, end: () => undefined }
  }
  const idle = createEmbedder({ start })
  const stop = new AbortController()
  const waiting = Array.from({ length: 4 }, () =>
    failureOf(idle.embed(Array<string>(20).fill('x'.repeat(99_000)), stop.signal)),
  )
  const refused = await failureOf(idle.embed(['x'.repeat(99_999)]))
  assert.deepEqual([refused.type, refused.afterMs], ['rate', 1000])
  stop.abort()
  assert.deepEqual(
    (await Promise.all(waiting)).map(({ type }) => type),
    ['stopped', 'stopped', 'stopped', 'stopped'],
  )
  // What has left is not waited behind.
  const next = idle.embed(['x'])
  events?.died('its test is over')
  events?.worked({ type: 'done', vectors: new Float32Array(512).fill(1), tokens: [1] })
  assert.equal((await next).tokens, 1)
})

test('a call that is left ends at once, and the others go on', async () => {
  const own = createEmbedder({ idleMs: 1 })
  const stop = new AbortController()
  const left = failureOf(own.embed(Array<string>(2000).fill('some words that take their time'), stop.signal))
  const stays = vectorsOf(['hello'], own)
  stop.abort()
  assert.equal((await left).type, 'stopped')
  assert.equal((await stays).length, 1)
  assert.equal((await failureOf(own.embed(['hello'], AbortSignal.abort()))).type, 'stopped')
  await until(() => !own.isRunning)
})

test('a small call does not wait for all of a large one', async () => {
  const order: string[] = []
  const large = embedder.embed(Array<string>(200).fill('some words')).then(() => order.push('large'))
  const small = embedder.embed(['hello']).then(() => order.push('small'))
  await Promise.all([large, small])
  assert.deepEqual(order, ['small', 'large'])
})

test('the worker comes with the first use, and goes when nobody has used it for a while', async () => {
  const own = createEmbedder({ idleMs: 20 })
  assert.equal(own.isRunning, false)
  const [before] = await vectorsOf(['hello'], own)
  assert.equal(own.isRunning, true)
  await until(() => !own.isRunning)
  const [after] = await vectorsOf(['hello'], own)
  assert.deepEqual(after, before)
  await until(() => !own.isRunning)
})

test('where its worker dies a call fails, and the next has a new one', async () => {
  let started = 0
  const dying: StartThread = (events) => {
    started += 1
    if (started > 1) return startThread(events)
    return { work: () => setImmediate(() => events.died('out of memory')), end: () => undefined }
  }
  const own = createEmbedder({ start: dying, idleMs: 1 })
  const [first, second] = await Promise.allSettled([own.embed(['one']), own.embed(['two'])])
  assert.deepEqual([first.status, second.status], ['rejected', 'fulfilled'])
  const { reason } = first as PromiseRejectedResult
  assert.ok(reason instanceof ModelError)
  assert.deepEqual(reason.failure, { type: 'away', detail: 'its worker ended: out of memory' })
  assert.equal((await vectorsOf(['three'], own)).length, 1)
  await until(() => !own.isRunning)
})

test('a worker that has no memory left ends, and not the server with it', async () => {
  let started = 0
  const start: StartThread = (events) => ((started += 1) === 1 ? threadWithin(8, events) : startThread(events))
  const own = createEmbedder({ start, idleMs: 1 })
  const failure = await failureOf(own.embed(['one']))
  assert.equal(failure.type, 'away')
  assert.match(failure.detail, /memory/)
  assert.equal((await vectorsOf(['two'], own)).length, 1)
  await until(() => !own.isRunning)
})

test('a batch that never ends is given up, and so is a worker that does not start', async () => {
  const ended: string[] = []
  const hanging = createEmbedder({
    start: () => ({ work: () => undefined, end: () => void ended.push('it') }),
    batchMs: 5,
  })
  assert.equal((await failureOf(hanging.embed(['one']))).type, 'late')
  assert.deepEqual(ended, ['it'])
  const broken = createEmbedder({
    start: () => {
      throw new Error('no threads')
    },
  })
  assert.equal((await failureOf(broken.embed(['one']))).type, 'away')
})

test('as a provider it has one model, of 512 dimensions and no others', async () => {
  const [manifest] = manifests
  const open = await manifest?.open()
  const fetch = () => Promise.reject(new Error('it needs no network'))
  const provider = open?.({ name: 'embedded', baseUrl: '', key: undefined, fetch })
  assert.deepEqual(await provider?.list?.(new AbortController().signal), [{ id: 'use-lite' }])
  assert.equal(provider?.chat, undefined)
  const model = embeddedModel('use-lite', embedder)
  const { embeddings, usage } = await model.doEmbed({ values: ['the', 'world'], dimensions: 512 })
  assert.deepEqual([embeddings.length, embeddings[0]?.length, usage?.tokens], [2, 512, 2])
  const refused = await failureOf(model.doEmbed({ values: ['hello'], dimensions: 256 }))
  assert.equal(refused.type, 'refused')
  assert.match(refused.detail, /512/)
  const other = embeddedModel('ada', embedder)
  assert.equal((await failureOf(other.doEmbed({ values: ['hello'] }))).type, 'unknown-model')
})

test('vectors of different models are not compared', () => {
  const one = embeddingOf('a/b', [1, 0])
  assert.equal(similarity(one, embeddingOf('a/b', [2, 0])), 1)
  assert.equal(similarity(one, embeddingOf('a/c', [2, 0])), undefined)
  assert.equal(similarity(one, embeddingOf('a/b', [1, 0, 0])), undefined)
  for (const none of [[], [0, 0], [Number.NaN, 1], [Number.POSITIVE_INFINITY]])
    assert.throws(() => embeddingOf('a/b', none), TypeError)
})
