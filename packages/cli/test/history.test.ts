import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { realServer } from './real-server.ts'
import { onlyWhenLong } from '@hearth/testing/long'

// shows: H3

test('diff, replay, fork, verify and migrate, as a person and as a program use them', onlyWhenLong, async () => {
  await using server = await realServer()
  const json = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await server.hearth([...words, '--json'])
    assert.equal(code, 0, stderr)
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  }
  const words = [
    'reminders.set',
    '--text',
    'tea',
    '--rule',
    'FREQ=DAILY',
    '--start',
    '2040-01-01T09:00',
    '--zone',
    'UTC',
  ]
  const [{ id }] = await json(...words)
  const actor = `main/owner/reminder/${id}`
  const first = (await json('replay', actor))[0].position as string

  const forked = await server.hearth(['fork', actor, '--call', 'reminders.cancel', '--input', JSON.stringify({ id })])
  assert.equal(forked.code, 0, forked.stderr)
  assert.match(forked.stdout, /what would happen\n {2}reminder\.cancelled main\/owner\/reminder\//)
  assert.equal((await json('reminders.list'))[0].items[0].state, 'scheduled', 'a fork changes nothing')

  await json('reminders.cancel', '--id', id)
  const steps = await json('replay', actor)
  assert.deepEqual(
    steps.map(({ type }) => type),
    ['reminder.set', 'reminder.cancelled'],
  )
  assert.ok(steps[1].changes.length > 0)
  assert.equal((await json('replay', actor, '--to', first)).length, 1)
  assert.equal((await json('replay', actor, '--to', steps[0].at)).length, 1)
  for (const to of ['soon', '2026-99-99']) assert.equal((await server.hearth(['replay', actor, '--to', to])).code, 2)
  assert.match((await server.hearth(['replay', actor])).stdout, /^reminder\.set .*\n[^]*then it knew\ntext +tea/)

  const [{ changes, from, to }] = await json('diff', actor, first)
  assert.deepEqual([from, to], [first, steps[1].position])
  assert.deepEqual(changes, steps[1].changes)
  assert.match((await server.hearth(['diff', actor])).stdout, /its beginning → \S+\n\+ text: tea\n/)
  assert.equal((await server.hearth(['diff'])).code, 2)
  assert.equal((await server.hearth(['fork', actor])).code, 2)
  assert.equal((await server.hearth(['fork', actor, '--input', '{}'])).code, 2)
  assert.equal((await server.hearth(['diff', 'main/owner/reminder/none'])).code, 1)

  const checkpoint = join(server.data, 'checkpoint')
  const parts = await json('verify', '--save', checkpoint)
  assert.deepEqual(new Set(parts.map(({ ok }) => ok)), new Set([true]))
  assert.ok(parts.some(({ part }) => part === 'view reminders'))
  assert.ok((await readFile(checkpoint, 'utf8')).length > 10)
  assert.match((await server.hearth(['verify', '--checkpoint', checkpoint])).stdout, /^ok +log {2}2 rows/)

  assert.match((await server.hearth(['migrate', '--check'])).stdout, /nothing is pending for it/)
  await server.stop()
  const [state] = await json('migrate', '--check')
  assert.deepEqual([state.running, state.pending, state.hasDatabase], [false, [], true])
  assert.ok(state.applied.includes('0001-log.sql'))
  const none = await server.hearth(['migrate', '--check', '--data', join(server.data, 'none')])
  assert.match(none.stdout, /There is no database yet/)
})
