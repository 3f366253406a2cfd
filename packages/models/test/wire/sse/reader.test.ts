// shows: A8
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createSseReader } from '../../../src/wire/sse/reader.ts'

type Event = readonly [event: string | undefined, data: string]

function read(chunks: readonly Uint8Array[], limitBytes?: number): readonly Event[] {
  const events: Event[] = []
  const reader = createSseReader((event, data) => events.push([event, data]), limitBytes)
  for (const chunk of chunks) reader.push(chunk)
  return events
}

function* cuts(bytes: Buffer): Generator<readonly Uint8Array[]> {
  for (let at = 0; at <= bytes.length; at += 1) yield [bytes.subarray(0, at), bytes.subarray(at)]
  yield [...bytes].map((byte) => Uint8Array.of(byte))
  for (const size of [2, 3, 7]) {
    const chunks = []
    for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size))
    yield chunks
  }
}

const cases: readonly { readonly name: string; readonly stream: string; readonly events: readonly Event[] }[] = [
  { name: 'one event', stream: 'data: one\n\n', events: [[undefined, 'one']] },
  { name: 'a name', stream: 'event: delta\ndata: {}\n\n', events: [['delta', '{}']] },
  { name: 'a name behind the data', stream: 'data: 1\nevent: late\n\n', events: [['late', '1']] },
  {
    name: 'no space behind the colon',
    stream: 'data:1\n\ndata:  2\n\n',
    events: [
      [undefined, '1'],
      [undefined, ' 2'],
    ],
  },
  { name: 'several lines of data', stream: 'data: a\ndata: b\ndata:\ndata\n\n', events: [[undefined, 'a\nb\n\n']] },
  {
    name: 'an empty line of data',
    stream: 'data\n\ndata:\n\n',
    events: [
      [undefined, ''],
      [undefined, ''],
    ],
  },
  { name: 'no data', stream: 'event: lone\n\ndata: x\n\n', events: [[undefined, 'x']] },
  {
    name: 'comments',
    stream: ': OPENROUTER PROCESSING\n\n:\ndata: 1\n: mid\ndata: 2\n\n',
    events: [[undefined, '1\n2']],
  },
  {
    name: 'fields that say nothing here',
    stream: 'id: 7\nretry: 1\ndataset: 1\ndata: 1\nfoo\n\n',
    events: [[undefined, '1']],
  },
  {
    name: 'CR LF',
    stream: 'event: a\r\ndata: 1\r\ndata: 2\r\n\r\ndata: 3\r\n\r\n',
    events: [
      ['a', '1\n2'],
      [undefined, '3'],
    ],
  },
  {
    name: 'CR alone',
    stream: 'data: 1\rdata: 2\r\rdata: 3\r\r',
    events: [
      [undefined, '1\n2'],
      [undefined, '3'],
    ],
  },
  {
    name: 'all line ends',
    stream: 'data: 1\r\ndata: 2\rdata: 3\n\r\ndata: 4\n\r',
    events: [
      [undefined, '1\n2\n3'],
      [undefined, '4'],
    ],
  },
  {
    name: 'a byte order mark',
    stream: '\uFEFFdata: 1\n\ndata: \uFEFF\n\n\uFEFFdata: 3\n\n',
    events: [
      [undefined, '1'],
      [undefined, '\uFEFF'],
    ],
  },
  {
    name: 'characters of several bytes',
    stream: 'data: é€𝄞\n\ndata: 日本\r\n\r\n',
    events: [
      [undefined, 'é€𝄞'],
      [undefined, '日本'],
    ],
  },
  { name: 'blank lines', stream: '\n\n\ndata: 1\n\n\n\n', events: [[undefined, '1']] },
  { name: 'an event without its end', stream: 'data: 1\n\ndata: 2\n', events: [[undefined, '1']] },
  { name: 'a line without its end', stream: 'data: 1\n\ndata: 2', events: [[undefined, '1']] },
  { name: 'nothing', stream: '', events: [] },
]

describe('a reader of text/event-stream', () => {
  for (const { name, stream, events } of cases) {
    it(`reads ${name}, cut anywhere`, () => {
      for (const chunks of cuts(Buffer.from(stream))) assert.deepEqual(read(chunks), events)
    })
  }

  it('keeps nothing of a chunk: its owner may use the memory again', () => {
    const events: Event[] = []
    const reader = createSseReader((event, data) => events.push([event, data]))
    const shared = Buffer.from('data: first')
    reader.push(shared)
    shared.fill('x')
    reader.push(Buffer.from('\n\n'))
    assert.deepEqual(events, [[undefined, 'first']])
  })

  it('replaces bytes that are no UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('data: a'), Buffer.of(0xff, 0xc3), Buffer.from('b\n\n')])
    for (const chunks of cuts(bytes)) assert.deepEqual(read(chunks), [[undefined, 'a\uFFFD\uFFFDb']])
  })

  it('reads a chunk that is larger than what it decodes at once', () => {
    const data = 'é'.repeat(1_500_000)
    assert.deepEqual(read([Buffer.from(`data: ${data}\n\ndata: 2\n\n`)]), [
      [undefined, data],
      [undefined, '2'],
    ])
  })

  it('hands over what came before an event handler threw', () => {
    const seen: string[] = []
    const reader = createSseReader((_event, data) => {
      seen.push(data)
      if (data === '1') throw new Error('no')
    })
    assert.throws(() => reader.push(Buffer.from('data: 1\n\n')), /no/)
    reader.push(Buffer.from('data: 2\n\n'))
    assert.deepEqual(seen, ['1', '2'])
  })
})

describe('an event that is too large', () => {
  const limit = 32
  const fits = (length: number): string => `data: ${'a'.repeat(length - 'data: '.length)}`

  const tooLarge: readonly { readonly name: string; readonly stream: string; readonly data: readonly string[] }[] = [
    { name: 'of one line', stream: `${fits(33)}\n\ndata: 2\n\n`, data: ['2'] },
    { name: 'of several lines', stream: `${fits(16)}\n${fits(16)}\n\ndata: 2\n\n`, data: ['2'] },
    { name: 'with comments in it', stream: `data: 1\n:${'c'.repeat(30)}\n\ndata: 2\n\n`, data: ['2'] },
    { name: 'of characters of several bytes', stream: `data: ${'€'.repeat(9)}\n\ndata: 2\n\n`, data: ['2'] },
    { name: 'with more lines behind', stream: `${fits(40)}\ndata: x\nevent: y\n\ndata: 2\n\n`, data: ['2'] },
    { name: 'that ends with CR LF', stream: `${fits(40)}\r\n\r\ndata: 2\r\n\r\n`, data: ['2'] },
    { name: 'that is only a comment', stream: `:${'c'.repeat(80)}\n\ndata: 2\n\n`, data: ['2'] },
  ]
  for (const { name, stream, data } of tooLarge) {
    it(`${name} is passed over, cut anywhere, and the next is read`, () => {
      for (const chunks of cuts(Buffer.from(stream))) {
        assert.deepEqual(
          read(chunks, limit).map(([, one]) => one),
          data,
        )
      }
    })
  }

  it('is one only from the limit on', () => {
    for (const chunks of cuts(Buffer.from(`${fits(32)}\n\n`))) assert.equal(read(chunks, limit).length, 1)
  })

  const fillers = {
    'one line': Buffer.alloc(1_048_576, 'x'),
    'short lines of data': Buffer.from('data: 1\n'.repeat(131_072)),
    'little data among comments': Buffer.from(`data: ${'d'.repeat(20)}\n${':\n'.repeat(524_000)}`),
  }
  for (const [name, filler] of Object.entries(fillers)) {
    it(`takes no memory, however long it gets: ${name}`, () => {
      const reader = createSseReader(() => assert.fail('nothing is complete'), 1_000_000)
      reader.push(Buffer.from('data: begins'))
      const before = memory()
      for (let count = 0; count < 60; count += 1) reader.push(filler)
      assert.ok(memory() - before < 30_000_000)
    })
  }

  it('takes no memory where it comes byte by byte', () => {
    const reader = createSseReader(() => assert.fail('nothing is complete'), 1_000_000)
    const before = memory()
    const byte = Buffer.from('x')
    for (let count = 0; count < 1_500_000; count += 1) reader.push(byte)
    assert.ok(memory() - before < 30_000_000)
  })
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function memory(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
