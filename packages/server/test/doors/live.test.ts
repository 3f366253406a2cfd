// shows: A13
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HearthError } from '@hearth/protocol'
import { createHub, type Hub } from '../../src/watch/hub.ts'
import { openSocket, type Received } from '../end-to-end/live-socket.ts'
import { until } from '../end-to-end/hearth.ts'
import { key, openDoor, type OpenedDoor } from './opened-door.ts'

interface WatchedDoor extends AsyncDisposable {
  readonly opened: OpenedDoor
  readonly hub: Hub
  /** By operation: whether it is being read for the first time. */
  readonly reading: Set<string>
  /** Lets what is read be answered, or fail. */
  release(operation: string, failure?: Error): void
  change(operation: string): void
}

/** A door before a real hub, where each operation is one question, and its first answer comes when the test says so. */
async function openWatchedDoor(): Promise<WatchedDoor> {
  const opened = await openDoor()
  const hub = createHub({ mostWatchers: 10, mayPass: () => false, spacingMs: 0 })
  const gates = new Map<string, PromiseWithResolvers<void>>()
  const counts = new Map<string, number>()
  const reading = new Set<string>()
  const gateOf = (operation: string): PromiseWithResolvers<void> => {
    const gate = gates.get(operation) ?? Promise.withResolvers<void>()
    gates.set(operation, gate)
    return gate
  }
  opened.hearth.watching = ({ operation, watcher, from }) => {
    const read = async () => {
      reading.add(operation)
      await gateOf(operation).promise
      const count = counts.get(operation) ?? 1
      return { position: `7.${count}`, body: JSON.stringify({ [operation]: count }), exact: true }
    }
    const { tenant } = watcher.who()
    return hub.watch({ key: operation, tenant, permission: operation, places: [operation], read }, watcher, from)
  }
  return {
    opened,
    hub,
    reading,
    release: (operation, failure) => {
      const gate = gateOf(operation)
      if (failure === undefined) gate.resolve()
      else gate.reject(failure)
    },
    change: (operation) => {
      counts.set(operation, (counts.get(operation) ?? 1) + 1)
      hub.touch([operation])
    },
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]()
      await hub[Symbol.asyncDispose]()
    },
  }
}

const connect = ({ opened }: WatchedDoor) => openSocket(opened.url, { authorization: `Bearer ${key}` })

/** A watch that is stopped while it is opened, and another under its id. */
const burst = [
  { id: 1, watch: 'first' },
  { id: 1, stop: true },
  { id: 1, watch: 'second' },
] as const

const isOf = (operation: string) => (frame: Received) => JSON.stringify(frame).includes(operation)

for (const order of [
  ['first', 'second'],
  ['second', 'first'],
])
  test(`an id that is used again before its watch is open is of the last alone, when the ${order[0]} opens first`, async () => {
    await using door = await openWatchedDoor()
    {
      await using socket = await connect(door)
      for (const frame of burst) socket.send(frame)
      await until(() => door.reading.size === 2, 'both are read')
      assert.equal(door.hub.counts().get('main'), 2)
      for (const operation of order) {
        door.release(operation)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      await until(() => socket.frames.some(isOf('second')), 'the second is open')
      assert.equal(door.hub.counts().get('main'), 1)
      door.change('first')
      door.change('second')
      await until(() => socket.frames.filter(isOf('/second')).length === 1, 'its change came')
      assert.ok(!socket.frames.some(isOf('first')))
    }
    await until(() => door.hub.counts().size === 0, 'no seat is left')
  })

test('of a watch that failed after it was stopped nothing is told under its id, and the one that has it now goes on', async () => {
  for (const failure of [new HearthError('store.unavailable', 'away'), new Error('broken')]) {
    await using door = await openWatchedDoor()
    {
      await using socket = await connect(door)
      for (const frame of burst) socket.send(frame)
      await until(() => door.reading.size === 2, 'both are read')
      door.release('second')
      await until(() => socket.frames.some(isOf('second')), 'the second is open')
      door.release('first', failure)
      await until(() => door.hub.counts().get('main') === 1, 'the first has gone')
      door.change('second')
      await until(() => socket.frames.some(isOf('/second')), 'the second goes on')
      assert.ok(socket.frames.every(({ error }) => error === undefined))
      // What nobody expected is written down all the same.
      const isKnown = failure instanceof HearthError
      assert.deepEqual(
        door.opened.logged.filter(({ level }) => level === 'error').map(({ message }) => message),
        isKnown ? [] : ['a frame failed'],
      )
      socket.send({ id: 1, stop: true })
      await until(() => door.hub.counts().size === 0, 'the second is stopped by its id')
    }
  }
})

test('a connection that is gone while its watches are opened leaves no seat', async () => {
  await using door = await openWatchedDoor()
  {
    await using socket = await connect(door)
    for (const frame of burst) socket.send(frame)
    await until(() => door.reading.size === 2, 'both are read')
  }
  for (const operation of ['first', 'second']) door.release(operation)
  await until(() => door.hub.counts().size === 0, 'no seat is left')
})
