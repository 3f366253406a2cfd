import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Bus, BusMessage } from '@hearth/kernel'
import { casesOf, type ConformanceCase } from './case.ts'

export interface BusSubject {
  readonly bus: Bus
  /** How much may wait, in bytes: at least 1 MiB, and less than 64 MiB. */
  readonly limit: number
}

const newTopic = (): string => `conformance.${randomUUID()}`
const bodyOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = ({ body }: BusMessage): string => new TextDecoder().decode(body)

/** Notes what is delivered, and tells when so many different messages have come. */
function noting(count: number, fails: (message: BusMessage, time: number) => boolean = () => false) {
  const seen: string[] = []
  const taken: string[] = []
  const offsets: number[] = []
  const all = Promise.withResolvers<void>()
  return {
    seen,
    taken,
    offsets,
    all: all.promise,
    deliver: async (message: BusMessage): Promise<void> => {
      seen.push(textOf(message))
      if (fails(message, seen.length)) throw new Error('not taken')
      taken.push(textOf(message))
      offsets.push(message.offset)
      if (new Set(taken).size >= count) all.resolve()
    },
  }
}

/** Without what came again. */
const once = (texts: readonly string[]): readonly string[] => [...new Set(texts)]

/** What every `Bus` must do. One subject may serve all cases. */
export const busCases: readonly ConformanceCase<BusSubject>[] = casesOf('bus', {
  'what is published comes in order, before and after the reader began': async ({ bus }) => {
    const topic = newTopic()
    const names = Array.from({ length: 40 }, (_, index) => `m${index}`)
    for (const name of names.slice(0, 20)) await bus.publish(topic, bodyOf(name))
    const reader = noting(40)
    await using _reading = await bus.read(topic, { after: 0, deliver: reader.deliver })
    for (const name of names.slice(20)) await bus.publish(topic, bodyOf(name))
    await reader.all
    assert.deepEqual(once(reader.taken), names)
    const distinct = [...new Set(reader.offsets)]
    assert.deepEqual(
      distinct,
      distinct.toSorted((a, b) => a - b),
    )
  },
  'offsets that publishing tells are those that are delivered': async ({ bus }) => {
    const topic = newTopic()
    const told = [await bus.publish(topic, bodyOf('a')), await bus.publish(topic, bodyOf('b'))]
    const reader = noting(2)
    await using _reading = await bus.read(topic, { after: 0, deliver: reader.deliver })
    await reader.all
    assert.deepEqual([...new Set(reader.offsets)], told)
    assert.ok((told[0] as number) > 0 && (told[0] as number) < (told[1] as number))
  },
  'a reader goes on after the offset that it names': async ({ bus }) => {
    const topic = newTopic()
    await bus.publish(topic, bodyOf('a'))
    const after = await bus.publish(topic, bodyOf('b'))
    await bus.publish(topic, bodyOf('c'))
    const reader = noting(1)
    await using _reading = await bus.read(topic, { after, deliver: reader.deliver })
    await reader.all
    assert.deepEqual(once(reader.taken), ['c'])
  },
  'what is not taken comes again, and nothing overtakes it': async ({ bus }) => {
    const topic = newTopic()
    for (const name of ['a', 'b', 'c']) await bus.publish(topic, bodyOf(name))
    const reader = noting(3, (message, time) => textOf(message) === 'b' && time < 4)
    await using _reading = await bus.read(topic, { after: 0, deliver: reader.deliver })
    await reader.all
    assert.deepEqual(once(reader.taken), ['a', 'b', 'c'])
    assert.ok(reader.seen.filter((text) => text === 'b').length >= 2)
  },
  'one message is delivered at a time': async ({ bus }) => {
    const topic = newTopic()
    for (const name of ['a', 'b', 'c', 'd']) await bus.publish(topic, bodyOf(name))
    const reader = noting(4)
    let running = 0
    let most = 0
    const deliver = async (message: BusMessage): Promise<void> => {
      most = Math.max(most, (running += 1))
      await new Promise((resolve) => setTimeout(resolve, 2))
      running -= 1
      await reader.deliver(message)
    }
    await using _reading = await bus.read(topic, { after: 0, deliver })
    await reader.all
    assert.equal(most, 1)
  },
  'topics stay apart, and every reader of a topic has all of it': async ({ bus }) => {
    const [topic, other] = [newTopic(), newTopic()]
    const readers = [noting(2), noting(2)]
    for (const name of ['a', 'b']) await bus.publish(topic, bodyOf(name))
    await bus.publish(other, bodyOf('elsewhere'))
    await using _first = await bus.read(topic, { after: 0, deliver: (message) => readers[0]!.deliver(message) })
    await using _second = await bus.read(topic, { after: 0, deliver: (message) => readers[1]!.deliver(message) })
    await Promise.all(readers.map(({ all }) => all))
    for (const { taken } of readers) assert.deepEqual(once(taken), ['a', 'b'])
  },
  'nothing is delivered after a reader has ended; the next one goes on': async ({ bus }) => {
    const topic = newTopic()
    const first = noting(1)
    const reading = await bus.read(topic, { after: 0, deliver: first.deliver })
    const after = await bus.publish(topic, bodyOf('a'))
    await first.all
    await reading[Symbol.asyncDispose]()
    const count = first.seen.length
    await bus.publish(topic, bodyOf('b'))
    const second = noting(1)
    await using _reading = await bus.read(topic, { after, deliver: second.deliver })
    await second.all
    assert.deepEqual([first.seen.length, once(second.taken)], [count, ['b']])
  },
  'a body is what it was when it was published': async ({ bus }) => {
    const topic = newTopic()
    const body = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    const copy = Uint8Array.from(body)
    await bus.publish(topic, body)
    body.fill(0)
    const got = Promise.withResolvers<Uint8Array>()
    await using _reading = await bus.read(topic, { after: 0, deliver: async (message) => got.resolve(message.body) })
    assert.deepEqual([...(await got.promise)], [...copy])
  },
  'what waits is bounded, and letting go makes room': async ({ bus, limit }) => {
    const topic = newTopic()
    const part = new Uint8Array(256 * 1024)
    let last = 0
    const fill = async (): Promise<void> => {
      for (let sent = 0; sent <= limit; sent += part.length) last = await bus.publish(topic, part)
    }
    await assert.rejects(fill(), { code: 'bus.full' })
    await bus.letGo(topic, last)
    assert.ok((await bus.publish(topic, part)) > last)
    await bus.letGo(topic, last + 1)
  },
})
