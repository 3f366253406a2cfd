import { systemClock, type Bus, type BusMessage, type BusReader, type Clock } from '@hearth/kernel'
import { HearthError } from '@hearth/protocol'

export interface LocalBusOptions {
  /** Bytes that wait in all topics together. */
  readonly limit?: number
  readonly pauseMs?: number
  readonly clock?: Clock
}

interface Topic {
  last: number
  messages: BusMessage[]
  readonly readers: Set<() => void>
}

/** Carries what is published within one process: what waits in it is gone with the process, as the callers who wait for it are. */
export function createLocalBus(options: LocalBusOptions = {}): Bus {
  const { limit = 64 * 1024 * 1024, pauseMs = 20, clock = systemClock } = options
  const topics = new Map<string, Topic>()
  const reading = new Set<AsyncDisposable>()
  let bytes = 0

  const topicOf = (name: string): Topic => {
    const known = topics.get(name) ?? { last: 0, messages: [], readers: new Set<() => void>() }
    topics.set(name, known)
    return known
  }

  return {
    publish: (name, body) => {
      if (bytes + body.length > limit)
        return Promise.reject(
          new HearthError('bus.full', 'Too much is on its way. Try again in a moment.', { retryAfterSeconds: 1 }),
        )
      bytes += body.length
      const topic = topicOf(name)
      topic.last += 1
      // What is published is what it was at that moment, whatever the caller does with it afterwards.
      topic.messages.push({ offset: topic.last, body: Uint8Array.from(body) })
      for (const stir of topic.readers) stir()
      return Promise.resolve(topic.last)
    },
    read: (name, reader) => {
      const under = readTopic(topicOf(name), reader, clock, pauseMs)
      reading.add(under)
      const ending = {
        [Symbol.asyncDispose]: async () => {
          reading.delete(under)
          await under[Symbol.asyncDispose]()
        },
      }
      return Promise.resolve(ending)
    },
    letGo: (name, offset) => {
      const topic = topicOf(name)
      const gone = topic.messages.filter((message) => message.offset <= offset)
      topic.messages = topic.messages.slice(gone.length)
      for (const { body } of gone) bytes -= body.length
      return Promise.resolve()
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...reading].map((under) => under[Symbol.asyncDispose]()))
    },
  }
}

function readTopic(topic: Topic, reader: BusReader, clock: Clock, pauseMs: number): AsyncDisposable {
  let open = true
  let at = reader.after
  let stir = (): void => undefined

  const sleep = (begin: (wake: () => void) => () => void): Promise<void> =>
    new Promise((resolve) => {
      const end = begin(() => stir())
      stir = () => {
        end()
        stir = () => undefined
        resolve()
      }
    })
  const woken = (): void => stir()
  topic.readers.add(woken)

  const ended = (async () => {
    while (open) {
      const next = topic.messages.find((message) => message.offset > at)
      if (next === undefined) {
        await sleep(() => () => undefined)
        continue
      }
      try {
        await reader.deliver(next)
        at = next.offset
      } catch {
        // It comes again: whoever takes it says when it is done, and knows why it was not.
        if (open) await sleep((wake) => clock.after(pauseMs, wake))
      }
    }
  })()

  return {
    [Symbol.asyncDispose]: async () => {
      open = false
      topic.readers.delete(woken)
      stir()
      await ended
    },
  }
}
