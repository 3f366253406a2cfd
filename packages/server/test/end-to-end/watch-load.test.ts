// shows: A13
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startHearth, until } from './hearth.ts'
import { held, openSocket, type LiveSocket, type Received } from './live-socket.ts'
import { onlyWhenLong } from '@hearth/testing/long'

const homes = Array.from({ length: 100 }, (_, index) => `load-${index}`)
const socketsAtOnce = 25
const watchersAHome = 5

test('500 watchers of 100 homes all see the last state, and nobody another home’s', onlyWhenLong, async () => {
  await using hearth = await startHearth()
  await using undo = new AsyncDisposableStack()
  const sockets: LiveSocket[] = []
  for (let count = 0; count < socketsAtOnce; count += 1) sockets.push(undo.use(await openSocket(hearth.url)))
  const socketOf = (home: number, seat: number): LiveSocket =>
    sockets[(home * watchersAHome + seat) % socketsAtOnce] as LiveSocket
  for (const [index, home] of homes.entries())
    for (let seat = 0; seat < watchersAHome; seat += 1)
      socketOf(index, seat).send({ id: `${home}/${seat}`, watch: 'reminders.list', input: { home } })
  const rounds = 5
  const writing = homes.map(async (home) => {
    for (let round = 0; round < rounds; round += 1)
      await hearth.call('reminders.set', { text: `${home} round ${round}`, at: '2040-01-01T00:00:00Z', home })
  })
  await Promise.all(writing)
  const framesOf = (index: number, seat: number): Received[] =>
    socketOf(index, seat).frames.filter(({ id }: Received) => id === `${homes[index]}/${seat}`)
  for (const [index, home] of homes.entries()) {
    const { json } = await hearth.call('reminders.list', { home })
    assert.equal(json.items.length, rounds)
    for (let seat = 0; seat < watchersAHome; seat += 1) {
      await until(() => held(framesOf(index, seat))?.items.length === rounds, `${home}/${seat} has the last state`)
      const frames = framesOf(index, seat)
      assert.deepEqual(held(frames), json)
      const told = JSON.stringify(frames).match(/load-\d+ round/g) ?? []
      assert.ok(told.every((text) => text === `${home} round`))
    }
  }
  assert.equal((await hearth.request('GET', '/api/v1/status')).json.watchers, 500)
})
