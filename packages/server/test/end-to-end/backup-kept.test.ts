// long: a run of everything that npm alone tests has five minutes
// shows: A9, H1, H3
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { appendFile, copyFile, cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startS3, withoutS3, type S3Service } from '../backups/s3-service.ts'
import { hearthCommand, ownerKey, startHearth, startOn, until, type RunningHearth } from './hearth.ts'
import { onlyWhenLong } from '@hearth/testing/long'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-kept-'))
})
after(() => rm(folder, { recursive: true, force: true }))

const statusOf = async (hearth: RunningHearth) => (await hearth.request('GET', '/api/v1/status')).json.backup
const listOf = async (hearth: RunningHearth): Promise<readonly { readonly name: string; readonly folder: string }[]> =>
  (await hearth.call('backup.list', {})).json.items
const metric = async (hearth: RunningHearth, name: string): Promise<number> =>
  Number(new RegExp(`^${name} (.*)$`, 'm').exec((await hearth.request('GET', '/metrics')).text)?.[1])

test(
  'a server makes backups by itself, throws away what is too much of its own, and nothing else',
  onlyWhenLong,
  async () => {
    const to = join(folder, 'shared')
    const strange = ['hearth-aaaaaaaaaaaa-2020-01-01T00-00-00.000Z', 'letters', 'hearth-notes']
    for (const name of strange) await mkdir(join(to, name, 'tables'), { recursive: true })
    await using hearth = await startHearth({
      HEARTH_BACKUP_TO: to,
      HEARTH_BACKUP_EVERY: 'PT1S',
      HEARTH_BACKUP_KEEP: 'last=2',
    })
    const seen = new Set<string>()
    await until(async () => {
      for (const { name } of await listOf(hearth)) seen.add(name)
      return seen.size >= 5
    }, 'five were made')
    const server = [...seen][0]?.split('-')[1] ?? ''
    const own = (await readdir(to)).filter((name) => name.startsWith(`hearth-${server}-`))
    // Two that stay, one that is made, and one that has just become too many.
    assert.ok(own.length <= 4, own.join())
    assert.ok((await listOf(hearth)).length <= 3)
    assert.deepEqual(
      (await readdir(to)).filter((name) => !own.includes(name) && !name.startsWith(`hearth-${server}-`)).toSorted(),
      strange.toSorted(),
    )
    const { last, failed, failures, everyMs, next } = await statusOf(hearth)
    assert.deepEqual([failed, failures, everyMs], [null, 0, 1000])
    assert.ok(Number.isFinite(Date.parse(next)))
    assert.ok((await metric(hearth, 'hearth_backup_last_success_timestamp_seconds')) >= Date.parse(last.at) / 1000 - 60)
  },
)

test(
  'a start neither skips nor doubles: what lies at the destination decides, over workers too',
  onlyWhenLong,
  async () => {
    const env = { HEARTH_BACKUP_EVERY: 'P1D', HEARTH_WORKERS: '2' }
    await using hearth = await startHearth(env)
    await until(async () => (await listOf(hearth)).length === 1, 'the first is made')
    await hearth.killAndStart('both')
    await until(async () => (await statusOf(hearth)).last !== null, 'it is found again')
    const { last, next, to } = await statusOf(hearth)
    assert.equal(Date.parse(next) - Date.parse(last.at), 86_400_000)
    assert.equal(to, join(hearth.data, 'backups'))
    const [first] = await listOf(hearth)
    assert.equal(await metric(hearth, 'hearth_backup_next_timestamp_seconds'), Date.parse(next) / 1000)
    await rm(first?.folder ?? '', { recursive: true })
    await hearth.killAndStart('server')
    await until(async () => (await listOf(hearth)).length === 1, 'what is gone is made anew')
  },
)

test('a destination that is full, refuses or is away is told, and tried again', async () => {
  await using hearth = await startHearth({ HEARTH_BACKUP_TO: '/dev/null/backups', HEARTH_BACKUP_EVERY: 'PT1S' })
  await until(async () => (await statusOf(hearth)).failures >= 2, 'it was tried again')
  const { failed, last } = await statusOf(hearth)
  assert.deepEqual([failed.code, last], ['backup.folder-unusable', null])
  assert.equal(await metric(hearth, 'hearth_backup_failed'), 1)
  assert.equal(await metric(hearth, 'hearth_backup_last_success_timestamp_seconds'), 0)
})

test('a backup whose storage hangs does not hold the server up when it stops', onlyWhenLong, async () => {
  const sockets = new Set<Socket>()
  const silent = createServer((socket) => void sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const data = await mkdtemp(join(tmpdir(), 'hearth-e2e-'))
  const { child, url } = await startOn(data, {
    HEARTH_S3_ENDPOINT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    HEARTH_S3_ACCESS_KEY_ID: 'id',
    HEARTH_S3_SECRET_ACCESS_KEY: 'secret',
  })
  const asked = fetch(`${url}/api/v1/call/backup.make`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ownerKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ to: 's3://backups/one' }),
  })
  await until(() => sockets.size > 0, 'the storage is asked')
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const answer = await asked
  assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [503, 'server.stopping'])
  assert.deepEqual(await gone, [0, null])
  for (const socket of sockets) socket.destroy()
  silent.close()
  await using _again = await startHearth({}, data)
})

test(
  'backups go to S3-compatible storage, and are restored and tried out from there',
  { skip: withoutS3 },
  async (context) => {
    const s3: S3Service = await startS3()
    context.after(() => s3.stop())
    await s3.makeBucket('backups')
    const env = { ...s3.env, HEARTH_FEATURES: 'probe', HEARTH_BACKUP_TO: 's3://backups/team' }
    await using hearth = await startHearth(env)
    await hearth.call('reminders.set', { text: 'tea', at: '2040-01-01T08:00:00Z' })
    await until(async () => (await hearth.call('log.archive', { days: 0 })).json.rows >= 1, 'something is archived')
    await hearth.call('reminders.set', { text: 'more tea', at: '2040-01-01T08:00:00Z' })
    const made = await hearthCommand(['backup', '--data', hearth.data, '--json'])
    assert.deepEqual([made.code, made.complained], [0, ''])
    const { folder: from, files } = JSON.parse(made.said)
    assert.match(from, /^s3:\/\/backups\/team\/hearth-[0-9a-f]{12}-/)
    assert.equal(files, 1)
    assert.equal((await hearth.call('backup.make', { to: from })).json.code, 'backup.folder-used')
    await hearth.call('reminders.set', { text: 'after', at: '2040-01-01T08:00:00Z' })
    const newest = (await hearth.call('backup.make', {})).json.folder
    const listed = JSON.parse((await hearthCommand(['backup', 'list', '--data', hearth.data, '--json'])).said)
    assert.deepEqual(
      listed.items.map((item: { folder: string }) => item.folder),
      [newest, from],
    )

    const data = await mkdtemp(join(tmpdir(), 'hearth-e2e-'))
    await copyFile(join(hearth.data, 'master.key'), join(data, 'master.key'))
    const restored = await hearthCommand(['restore', '--from', from, '--data', data, '--json'], env)
    assert.deepEqual([restored.code, restored.complained], [0, ''])
    await using other = await startHearth(env, data)
    const texts = async () =>
      (await other.call('reminders.list', {})).json.items?.map(({ text }: { text: string }) => text)
    await until(async () => (await texts())?.length === 2, 'the view is built')
    assert.deepEqual((await texts()).toSorted(), ['more tea', 'tea'])
    assert.deepEqual((await other.call('log.checkArchive', {})).json.unreadable, [])

    const drill = await hearthCommand(['backup', 'drill', '--data', hearth.data, '--json'], env)
    assert.equal(drill.code, 0, drill.complained)
    const told = JSON.parse(drill.said)
    assert.deepEqual([told.backup, told.same, told.files], [newest, true, { restored: 1, missing: 0 }])

    await s3.stop()
    const { status, json, headers } = await hearth.call('backup.make', {})
    assert.deepEqual([status, json.code], [503, 'backup.destination-away'])
    assert.ok(Number(headers.get('retry-after')) > 0)
    assert.equal((await statusOf(hearth)).failed.code, 'backup.destination-away')
  },
)

test('a file of the archive that is gone is put back from a backup while the server runs', onlyWhenLong, async () => {
  await using hearth = await startHearth({ HEARTH_FEATURES: 'probe' })
  await hearth.call('probe.record', { stream: 'one', events: 3 })
  await until(async () => (await hearth.call('log.archive', { days: 0 })).json.rows >= 1, 'something is archived')
  const to = join(folder, 'with-archive')
  assert.equal((await hearth.call('backup.make', { to })).status, 200)
  await cp(join(hearth.data, 'archive'), join(folder, 'aside'), { recursive: true })
  await rm(join(hearth.data, 'archive'), { recursive: true })
  assert.equal((await hearth.call('log.checkArchive', {})).json.unreadable.length, 1)
  const words = ['restore', '--archive', '--from', to, '--data', hearth.data, '--json']
  for (const files of [1, 0]) {
    const { code, said } = await hearthCommand(words)
    assert.deepEqual([code, JSON.parse(said)], [0, { data: hearth.data, files, missing: 0 }])
  }
  assert.deepEqual((await hearth.call('log.checkArchive', {})).json.unreadable, [])

  // What is damaged here already must not make a backup that no restore takes.
  for (const name of await readdir(join(hearth.data, 'archive'), { recursive: true }))
    if (name.length > 64) await appendFile(join(hearth.data, 'archive', name), 'x')
  const without = join(folder, 'without-archive')
  const { files, missing } = (await hearth.call('backup.make', { to: without })).json
  assert.deepEqual([files, missing], [0, 1])
  const put = await hearthCommand(['restore', '--archive', '--from', without, '--data', hearth.data, '--json'])
  assert.deepEqual([put.code, JSON.parse(put.said)], [0, { data: hearth.data, files: 0, missing: 1 }])
})
