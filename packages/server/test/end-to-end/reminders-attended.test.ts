// shows: B2, H1
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startHearth, startReceiver, until, type RunningHearth } from './hearth.ts'
import { held, openSocket } from './live-socket.ts'
import { onlyWhenLong } from '@hearth/testing/long'

let hearth: RunningHearth
before(async () => {
  hearth = await startHearth()
})
after(() => hearth[Symbol.asyncDispose]())

const soon = (ms: number): string => new Date(Date.now() + ms).toISOString()
const ok = async (operation: string, input: object) => {
  const { status, json, text } = await hearth.call(operation, input)
  assert.equal(status, 200, `${operation}: ${text}`)
  return json
}
const refused = async (operation: string, input: object): Promise<readonly unknown[]> => {
  const { status, json } = await hearth.call(operation, input)
  return [status, json.code]
}
const get = (id: string, home?: string) => ok('reminders.get', home === undefined ? { id } : { id, home })

test('what rang is put off, rings again under a name of its own, and is done [B2]', async () => {
  await using receiver = await startReceiver()
  const hook = await ok('webhooks.create', { url: receiver.url, events: ['reminder.rang'] })
  const nag = { every: 'PT1M', times: 2 }
  const { id } = await ok('reminders.set', { text: 'Take the pills', at: soon(0), nag })
  await until(() => receiver.deliveries.length === 1, 'it rang')
  await until(async () => (await get(id)).state === 'rung', 'it is known to have rung')
  assert.ok(Date.parse((await get(id)).next) > Date.now(), 'it will nag')
  const put = await ok('reminders.snooze', { id, for: 'PT1S' })
  assert.deepEqual([(await get(id)).state, (await get(id)).next], ['snoozed', put.next])
  await until(() => receiver.deliveries.length === 2, 'it rang again')
  const [first, second] = receiver.deliveries.map(({ body }) => JSON.parse(body))
  assert.notEqual(first.id, second.id)
  assert.equal(first.data.occurrence, second.data.occurrence)
  assert.deepEqual([second.data.again, second.data.ring, second.data.due], ['snooze', 2, put.next])
  await ok('reminders.done', { id })
  const item = await get(id)
  assert.deepEqual([item.state, item.next, item.nag], ['done', null, nag])
  assert.equal((await ok('reminders.occurrences', { id })).items.length, 1)
  assert.deepEqual(await refused('reminders.snooze', { id, for: 'PT1M' }), [409, 'reminders.over'])
  await ok('webhooks.remove', { id: hook.id })
})

test('a reminder is changed by its path, and its list is told to whoever watches', async () => {
  await using socket = await openSocket(hearth.url)
  socket.send({ id: 1, watch: 'reminders.list', input: { home: 'changes' } })
  assert.deepEqual((await socket.next()).snapshot.items, [])
  const rule = 'FREQ=WEEKLY;BYDAY=MO'
  const set = await ok('reminders.set', {
    text: 'Plants',
    rule,
    start: '2031-01-01T09:00',
    zone: 'Europe/Berlin',
    home: 'changes',
  })
  assert.equal(set.next, '2031-01-06T08:00:00.000Z')
  const path = `/api/v1/reminders/${set.id}`
  const changed = await hearth.request('PATCH', path, {
    home: 'changes',
    zone: 'America/New_York',
    except: ['2031-01-06'],
  })
  assert.deepEqual([changed.status, changed.json.next], [200, '2031-01-13T14:00:00.000Z'], changed.text)
  const put = await hearth.request('POST', `${path}/snooze`, { home: 'changes', until: '2031-01-14T09:00:00Z' })
  assert.deepEqual([put.status, put.json.next], [200, '2031-01-14T09:00:00.000Z'], put.text)
  const item = await hearth.request('GET', `${path}?home=changes`)
  assert.deepEqual(
    [item.json.state, item.json.start, item.json.zone, item.json.except],
    ['snoozed', '2031-01-01T09:00:00', 'America/New_York', ['2031-01-06']],
  )
  let items: unknown = null
  await until(async () => {
    items = held(socket.frames).items
    return (items as { state: string }[])[0]?.state === 'snoozed'
  }, 'the watcher has it')
  assert.deepEqual(items, [item.json])
  assert.deepEqual(await refused('reminders.change', { id: set.id, home: 'changes' }), [400, 'input.invalid'])
  assert.deepEqual(await refused('reminders.change', { id: 'rem_none', text: 'x' }), [404, 'reminders.unknown'])
  const odd = await hearth.call('reminders.change', { id: set.id, home: 'changes', rule: 'FREQ=NEVER' })
  assert.deepEqual([odd.status, odd.json.code], [400, 'input.invalid'])
  assert.match(odd.json.detail, /rule/)
  for (const input of [
    { nag: { every: 'PT1S' } },
    { nag: { every: 'P1Y' } },
    { except: ['yesterday'] },
    { start: '2031-01-01T09:00:00Z', zone: 'Europe/Berlin' },
  ])
    assert.ok(
      [400, 422].includes(Number((await refused('reminders.change', { id: set.id, home: 'changes', ...input }))[0])),
    )
})

test('a preview tells what would ring, and sets nothing', async () => {
  const daily = { rule: 'FREQ=DAILY', start: '2026-03-28T02:30', zone: 'Europe/Berlin', count: 3 }
  assert.deepEqual(await ok('reminders.preview', daily), {
    occurrences: ['2026-03-28T01:30:00.000Z', '2026-03-29T01:30:00.000Z', '2026-03-30T00:30:00.000Z'],
  })
  assert.deepEqual(
    await ok('reminders.preview', { ...daily, from: '2026-03-29T01:30:00Z', count: 1, except: ['2026-03-30'] }),
    {
      occurrences: ['2026-03-29T01:30:00.000Z'],
    },
  )
  assert.deepEqual(
    await ok('reminders.preview', { ...daily, rule: 'FREQ=DAILY;COUNT=2', from: '2027-01-01T00:00:00Z' }),
    {
      occurrences: [],
    },
  )
  assert.deepEqual(await refused('reminders.preview', { ...daily, rule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' }), [
    422,
    'reminders.never',
  ])
  assert.deepEqual(await refused('reminders.preview', { ...daily, count: 1001 }), [400, 'input.invalid'])
})

test('a home is quiet at night: what comes then is held back, and what is urgent is not', async () => {
  const [hour, minute] = new Date().toISOString().slice(11, 16).split(':').map(Number) as [number, number]
  const clock = (minutes: number): string => {
    const all = (((hour * 60 + minute + minutes) % 1440) + 1440) % 1440
    return `${String(Math.floor(all / 60)).padStart(2, '0')}:${String(all % 60).padStart(2, '0')}`
  }
  const quiet = { from: clock(-60), to: clock(120) }
  const home = 'quiet'
  assert.deepEqual(await ok('reminders.configure', { zone: 'UTC', quiet, home }), {
    zone: 'UTC',
    quiet: { ...quiet, zone: 'UTC' },
  })
  const [held, urgent] = [
    await ok('reminders.set', { text: 'held', at: soon(0), home }),
    await ok('reminders.set', { text: 'urgent', at: soon(0), urgent: true, home }),
  ]
  await until(async () => (await get(urgent.id, home)).state === 'rung', 'the urgent one rings')
  await until(async () => (await get(held.id, home)).next > soon(3_600_000), 'the other one is held back')
  const item = await get(held.id, home)
  assert.deepEqual([item.state, item.rung, item.next.slice(11, 16)], ['scheduled', null, quiet.to])
  const moved = await ok('reminders.configure', { zone: 'Asia/Tokyo', home })
  assert.deepEqual(moved.quiet, { ...quiet, zone: 'Asia/Tokyo' }, 'whoever moves takes their nights along')
  await ok('reminders.configure', { zone: 'UTC', home })
  assert.equal((await ok('reminders.configure', { quiet: null, home })).quiet, null)
  assert.deepEqual(await ok('reminders.settings', { home }), { zone: 'UTC', quiet: null })
  assert.equal((await ok('reminders.done', { id: held.id, home })).id, held.id)
  for (const input of [
    { zone: 'Nowhere/Land' },
    { quiet: { from: '9', to: '10' } },
    { quiet: { from: '09:00', to: '09:00' } },
  ])
    assert.deepEqual(await refused('reminders.configure', { home, ...input }), [400, 'input.invalid'])
})

test('times without a zone are those of the home', async () => {
  await ok('reminders.configure', { zone: 'Asia/Tokyo', home: 'tokyo' })
  const { next } = await ok('reminders.set', { text: 'x', at: '2031-01-01T09:00', home: 'tokyo' })
  assert.equal(next, '2031-01-01T00:00:00.000Z')
  const series = await ok('reminders.set', { text: 'x', rule: 'FREQ=DAILY', start: '2031-01-01T09:00', home: 'tokyo' })
  assert.equal(series.next, '2031-01-01T00:00:00.000Z')
})

test('a reminder is set for others too: who lets it in has it, and it can be taken back', async () => {
  await ok('reminders.allow', { sender: 'ben', home: 'anna' })
  const set = await ok('reminders.set', {
    text: 'Call mother',
    at: soon(3_600_000),
    home: 'ben',
    with: ['anna', 'carl', 'anna'],
  })
  assert.deepEqual(
    set.sent.map(({ to }: { to: string }) => to),
    ['anna', 'carl'],
  )
  const states = async (): Promise<string> => {
    const { items } = await ok('reminders.sent', { home: 'ben' })
    return items.map(({ to, state }: { to: string; state: string }) => `${to} ${state}`).join()
  }
  await until(async () => (await states()) === 'anna accepted,carl refused', 'both have answered')
  const [theirs] = (await ok('reminders.list', { home: 'anna' })).items
  assert.deepEqual([theirs.text, theirs.from, theirs.state], ['Call mother', 'ben', 'scheduled'])
  await ok('reminders.recall', { id: set.sent[0].id, home: 'ben' })
  await until(async () => (await states()) === 'anna withdrawn,carl refused', 'it is taken back')
  assert.equal((await get(theirs.id, 'anna')).state, 'cancelled')
  assert.deepEqual(await refused('reminders.recall', { id: set.sent[1].id, home: 'ben' }), [409, 'reminders.over'])
  assert.deepEqual(await refused('reminders.set', { text: 'x', at: soon(0), home: 'ben', with: ['ben'] }), [
    400,
    'input.invalid',
  ])
})

test('what is open, put off or held back outlives a kill of everything', onlyWhenLong, async () => {
  const home = 'survivor'
  const rung = async (): Promise<string> => {
    const { id } = await ok('reminders.set', { text: 'x', at: soon(0), nag: { every: 'PT1M' }, home })
    await until(async () => (await get(id, home)).state === 'rung', 'it rang')
    return id
  }
  const [late, id] = [await rung(), await rung()]
  const put = await ok('reminders.snooze', { id: late, for: 'PT1H', home })
  await ok('reminders.snooze', { id, for: 'PT5S', home })
  await hearth.killAndStart('both')
  const { state, next } = await get(late, home)
  assert.deepEqual([state, next], ['snoozed', put.next])
  await until(async () => (await get(id, home)).state === 'rung', 'it rings when it was put off to')
  assert.equal((await ok('reminders.done', { id, home })).id, id)
})
