import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import {
  chained,
  genesis,
  makeHomeKey,
  masterKey,
  open,
  openHomeKey,
  pack,
  packEvents,
  readRow,
  seal,
  sealRow,
  aboutRow,
  slotOf,
  typesOf,
  type LogRow,
} from '../src/index.ts'

const master = masterKey(randomBytes(32))

test('what is sealed opens only with its key, in its place, and whole [A9]', () => {
  const key = createSecretKey(randomBytes(32))
  const sealed = seal(key, 'water the plants', 'main.1.1')
  assert.equal(open(key, sealed, 'main.1.1').toString(), 'water the plants')
  assert.equal(sealed.includes('water'), false)
  assert.throws(() => open(key, sealed, 'main.1.2'))
  assert.throws(() => open(createSecretKey(randomBytes(32)), sealed, 'main.1.1'))
  for (const at of [0, 12, 28, sealed.length - 1]) {
    const damaged = Buffer.from(sealed)
    damaged[at] = (damaged[at] as number) ^ 1
    assert.throws(() => open(key, damaged, 'main.1.1'))
  }
})

test('two seals of one text differ, and nonces are never given twice', () => {
  const key = createSecretKey(randomBytes(32))
  const nonces = new Set(Array.from({ length: 2000 }, () => seal(key, 'same', 'x').subarray(0, 12).toString('hex')))
  assert.equal(nonces.size, 2000)
})

test('a home key is of no use in another home or under another master key', () => {
  const { row, key } = makeHomeKey(master, 'main', 'ann', 'self')
  assert.equal(openHomeKey(master, row).equals(key), true)
  assert.throws(() => openHomeKey(master, { ...row, home: 'ben' }))
  assert.throws(() => openHomeKey(masterKey(randomBytes(32)), row))
})

const events = [
  { type: 'a.happened', n: 1 },
  { type: 'b.happened', text: 'ü' },
  { type: 'a.happened', n: 2 },
]
const types = typesOf(events)
const place = { tenant: 'main', actor: 7, version: 3 }
const base = { ...place, slot: 3, sequence: 5, events: 3, at: 1000, types }

test('packed events come back as they were, sealed or open', () => {
  const provenance = { principal: 'owner', causation: 'c', correlation: 'r' }
  const text = pack(packEvents(events), provenance)
  assert.equal(types, 'a.happened,b.happened')
  const clear: LogRow = { ...base, person: null, data: Buffer.from(text) }
  assert.deepEqual(readRow(clear, undefined), { ...provenance, events })
  const { key } = makeHomeKey(master, 'main', 'ann', 'self')
  const sealed: LogRow = { ...base, person: 'self', data: sealRow(key, text, aboutRow(place)) }
  assert.deepEqual(readRow(sealed, key).events, events)
  assert.throws(() => readRow({ ...sealed, actor: 8 }, key))
})

test('the chain changes with anything in a row and with the order of rows', () => {
  const row: LogRow = { ...base, person: null, data: Buffer.from('x') }
  const address = 'main/h/k/i'
  const link = (head: Buffer, next: LogRow): Buffer => chained(head, next, address)
  const head = link(genesis, row)
  const others = [
    { sequence: 6 },
    { actor: 8 },
    { at: 1001 },
    { version: 4 },
    { person: 'self' },
    { types: 'z' },
    { data: Buffer.from('y') },
    { tenant: 'other' },
  ]
  const heads = new Set(others.map((change) => link(genesis, { ...row, ...change }).toString('hex')))
  assert.equal(heads.size, others.length)
  assert.equal(heads.has(head.toString('hex')), false)
  assert.notDeepEqual(chained(genesis, row, 'main/h/k/j'), head)
  assert.notDeepEqual(
    link(link(genesis, row), { ...row, sequence: 8 }),
    link(link(genesis, { ...row, sequence: 8 }), row),
  )
})

test('homes are spread evenly over the slots, the same way for good', () => {
  assert.equal(slotOf('main', 'owner'), 76)
  const counts = new Array<number>(256).fill(0)
  for (let index = 0; index < 25_600; index += 1) counts[slotOf('main', `home-${index}`)]! += 1
  assert.ok(Math.min(...counts) > 50 && Math.max(...counts) < 160)
})
