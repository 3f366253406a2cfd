// shows: A5
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonical, keyOf } from '../../src/caches/key.ts'
import { createCaches } from '../../src/caches/caches.ts'
import type { KeptEntry } from '../../src/caches/kept-answer.ts'
import { marksOf } from '../../src/caches/marks.ts'
import { termsOf } from '../../src/caches/setting.ts'
import { entryOf, sharedOf } from '../../src/caches/shared-entry.ts'
import { cacheGround, question } from './ground.ts'

const ann = { tenant: 't', home: 'ann', kind: 'key', id: '1' }
const on = { setting: {}, version: 1 } as const

const entry = (key: string, length = 100, until = 10): KeptEntry => ({
  key,
  kin: [],
  answer: {
    form: 'whole',
    protocol: 'openai-chat',
    body: Buffer.alloc(length),
    provider: 'p',
    place: 'place',
    model: 'm',
    tokens: null,
    costUsd: null,
    until,
    home: 'ann',
    asked: 0,
  },
  question: null,
})

test('the same fields in another order are the same, and whatever else differs is another', async () => {
  const ground = cacheGround({ sets: () => on })
  const first = await ground.ask(ann, { temperature: 0, messages: [{ role: 'user', content: 'x' }], seed: 1 })
  const turned = await ground.ask(ann, { seed: 1, messages: [{ content: 'x', role: 'user' }], temperature: 0 })
  assert.deepEqual([first.cache, turned.cache, turned.text], ['miss', 'hit', first.text])
  const others: readonly Record<string, unknown>[] = [
    question('x', { seed: 2 }),
    question('x', { 'x-unknown': [1] }),
    question('x', { 'x-unknown': [1, null] }),
    question('x', { max_tokens: 5 }),
    question('x', { model: 'p/m' }),
    question('x', { user: 'bob' }),
    question('x', { tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }] }),
    question('x '),
    question('', {
      messages: [
        { role: 'system', content: 'y' },
        { role: 'user', content: 'x' },
      ],
    }),
  ]
  for (const other of others) assert.equal((await ground.ask(ann, other)).cache, 'miss', JSON.stringify(other))
  for (const other of others) assert.equal((await ground.ask(ann, other)).cache, 'hit', JSON.stringify(other))
})

test('a hash is of whose question it is, and no id can look like another', () => {
  const terms = termsOf({ scope: 'key' }, undefined) ?? assert.fail()
  const about = { protocol: 'openai-chat', dialect: {}, json: {}, body: Buffer.of(), stream: false } as const
  const key = (home: string, kind: string, id: string): string =>
    keyOf({ ...about, asker: { tenant: 't', home, kind, id } }, terms).exact
  assert.equal(new Set([key('a', 'b', 'c'), key('ab', '', 'c'), key('a', 'bc', ''), key('a,b', '', 'c')]).size, 4)
  const [home, tenant] = [termsOf({ scope: 'home' }, undefined), termsOf({ scope: 'tenant' }, undefined)]
  const [one, other] = [
    keyOf({ ...about, asker: { ...ann, home: 'tenant' } }, home ?? assert.fail()).exact,
    keyOf({ ...about, asker: ann }, tenant ?? assert.fail()).exact,
  ]
  assert.notEqual(one, other)
})

test('canonical JSON says what JSON says', () => {
  for (const value of [
    { b: 1, a: [null, 'ü\ud800', { d: true, c: -0.5 }] },
    [],
    {},
    'x',
    0,
    null,
    { '': {}, __proto__: 1 },
  ])
    assert.deepEqual(JSON.parse(canonical(value)), JSON.parse(JSON.stringify(value)))
  assert.equal(canonical({ b: 1, a: undefined }), '{"b":1}')
})

test('what rests on more than the request is not kept', async () => {
  const ground = cacheGround({ sets: () => ({ setting: { sampled: true }, version: 1 }) })
  for (const more of [
    { previous_response_id: 'r' },
    { tools: [{ type: 'web_search' }] },
    { n: 2 },
    { store: true },
    { web_search_options: {} },
  ]) {
    const { asked } = ground
    await ground.ask(ann, question('x', more)).catch(() => undefined)
    const again = await ground.ask(ann, question('x', more)).catch(() => undefined)
    assert.ok(again === undefined || (again.cache === 'off' && ground.asked === asked + 2), JSON.stringify(more))
  }
})

test('what is older than it may be is not given, and a refreshed answer takes the place of the former', async () => {
  const ground = cacheGround({ sets: () => ({ setting: { seconds: 10 }, version: 1 }) })
  const first = await ground.ask(ann, question('x'))
  ground.now += 9_999
  assert.equal((await ground.ask(ann, question('x'))).text, first.text)
  const fresh = await ground.ask(ann, question('x'), 'refresh')
  assert.notEqual(fresh.text, first.text)
  ground.now += 9_999
  assert.deepEqual([(await ground.ask(ann, question('x'))).text, ground.asked], [fresh.text, 2])
  ground.now += 1
  assert.equal((await ground.ask(ann, question('x'))).cache, 'miss')
})

test('a record of what was kept has no tries and no tokens, and tells what was saved', async () => {
  const ground = cacheGround({ sets: () => on })
  const { record: first } = await ground.ask(ann, question('x'))
  const { record } = await ground.ask(ann, question('x'))
  assert.deepEqual([first.cache, first.saved, first.tokens?.output], ['miss', undefined, 2])
  assert.deepEqual(
    [record.cache, record.outcome, record.provider, record.model, record.tokens, record.costUsd, record.tries],
    ['hit', 'done', 'p', 'm', null, '0', []],
  )
  assert.deepEqual(record.saved, { tokens: first.tokens, costUsd: first.costUsd })
  assert.equal(record.charged, undefined)
})

test('a key that may not ask the model any more is refused, not answered from what is kept', async () => {
  let allowed: readonly string[] | null = null
  const ground = cacheGround({ sets: () => ({ setting: { scope: 'tenant' }, version: 1 }), allowed: () => allowed })
  await ground.ask(ann, question('x'))
  assert.equal((await ground.ask(ann, question('x'))).cache, 'hit')
  allowed = ['other/*']
  await assert.rejects(ground.ask(ann, question('x')), { code: 'models.not-allowed' })
})

test('memory is bounded: of a tenant, of all, of an answer; what was used last stays', async () => {
  const caches = createCaches({ mostBytes: 10_000, mostOfTenant: 4_000 })
  for (let at = 0; at < 20; at += 1) {
    caches.put('a', 1, entry(`a${at}`))
    caches.of('a', 1).find('a0', 0)
  }
  assert.ok(caches.of('a', 1).bytes <= 4_000)
  assert.ok(caches.of('a', 1).find('a0', 0) !== undefined)
  assert.equal(caches.of('a', 1).find('a1', 0), undefined)
  for (const tenant of ['b', 'c', 'd', 'e'])
    for (let at = 0; at < 20; at += 1) caches.put(tenant, 1, entry(`${tenant}${at}`))
  const all = ['a', 'b', 'c', 'd', 'e'].map((tenant) => caches.of(tenant, 1).bytes)
  assert.ok(all.reduce((sum, bytes) => sum + bytes, 0) <= 10_000, all.join())
  assert.deepEqual([all[0] === 0, (all[4] ?? 0) > 3_000], [true, true])
  caches.put('f', 1, entry('f', 1_000_000))
  assert.equal(caches.of('f', 1).size, 0)
  // One that is far too long for itself is not kept at all.
  const ground = cacheGround({ sets: () => on, long: 2_000_000 })
  await ground.ask(ann, question('x'))
  assert.equal((await ground.ask(ann, question('x'))).cache, 'miss')
})

test('a call of before the setting was changed finds nothing, and takes nothing away', () => {
  const caches = createCaches()
  caches.put('a', 1, entry('old'))
  caches.put('a', 2, entry('new'))
  assert.equal(caches.of('a', 2).find('old', 0), undefined)
  assert.equal(caches.of('a', 1).find('new', 0), undefined)
  caches.put('a', 1, entry('late'))
  assert.equal(caches.of('a', 2).find('late', 0), undefined)
  assert.ok(caches.of('a', 2).find('new', 0) !== undefined)
})

test('expired entries are counted no more', () => {
  const caches = createCaches()
  caches.put('a', 1, entry('k', 100, 10))
  assert.ok(caches.of('a', 1).bytes > 100)
  assert.equal(caches.of('a', 1).find('k', 10), undefined)
  assert.equal(caches.of('a', 1).bytes, 0)
})

test('an entry comes to another process as it was', () => {
  const question = { group: 'g', marks: '7', model: 'a/b', vector: Float32Array.from([0.5, -0.25, 0.75]) }
  const kept = { ...entry('k'), answer: { ...entry('k').answer, body: Buffer.from('\u0000ü') }, question }
  const [told] = JSON.parse(JSON.stringify(sharedOf('t', 1, [kept])))
  assert.deepEqual(entryOf(told), kept)
  assert.deepEqual(
    sharedOf(
      't',
      1,
      Array.from({ length: 3 }, (_, at) => entry(`k${at}`, 100_000)),
    ),
    [],
  )
})

test('sentences that differ in what vectors do not see are marked so', () => {
  const differ = [
    ['alarm for 7 am', 'alarm for 8 am'],
    ['increase the volume', 'decrease the volume'],
    ['turn the light on', 'turn the light off'],
    ['is it safe', 'is it unsafe'],
    ['do it', "don't do it"],
    ['write to Ann', 'write to Bob'],
    ['translate “cat”', 'translate “dog”'],
    ['my password', 'your password'],
    ['is it x1 or y', 'is it x1 or z2'],
    ['costs 1.5', 'costs 15'],
  ]
  for (const [one = '', other = ''] of differ) assert.notEqual(marksOf(one), marksOf(other), `${one} ~ ${other}`)
  const same = [
    ['How do I reset it?', 'How can I reset it?'],
    ['Please wake me at 7.', 'wake me, please, at 7'],
    ["I can't do that", 'I cannot do that'],
  ]
  for (const [one = '', other = ''] of same) assert.equal(marksOf(one), marksOf(other), `${one} ~ ${other}`)
})
