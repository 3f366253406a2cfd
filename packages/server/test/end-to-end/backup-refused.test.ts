// long: a run of everything that npm alone tests has five minutes
// shows: A9, H1, H3
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, cp, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { filesIn, openWith, writeFormer } from './former-backup.ts'
import { hearthCommand, startHearth, until, type RunningHearth } from './hearth.ts'
import { isLong, onlyWhenFull, onlyWhenLong } from '@hearth/testing/long'

const ownKey = Buffer.alloc(32, 9).toString('base64')
let hearth: RunningHearth
let folder: string
let whole: string
let data: string

before(async () => {
  if (!isLong) return
  folder = await mkdtemp(join(tmpdir(), 'hearth-refused-'))
  whole = join(folder, 'whole')
  hearth = await startHearth({ HEARTH_FEATURES: 'probe', HEARTH_BACKUP_KEY: ownKey })
  await hearth.call('probe.record', { stream: 'one', events: 3 })
  await hearth.call('people.forget', { person: 'probe:gone' })
  await until(async () => (await hearth.call('log.archive', { days: 0 })).json.rows >= 1, 'something is archived')
  await until(
    async () =>
      stat(join(hearth.data, 'forgotten.jsonl')).then(
        () => true,
        () => false,
      ),
    'it is written down',
  )
  await hearth.call('probe.record', { stream: 'two', events: 3 })
  const made = await hearthCommand(['backup', '--to', whole, '--data', hearth.data, '--json'])
  assert.equal(made.code, 0, made.complained)
  data = await mkdtemp(join(tmpdir(), 'hearth-refused-data-'))
  await copyFile(join(hearth.data, 'master.key'), join(data, 'master.key'))
})
after(async () => {
  if (!isLong) return
  await hearth[Symbol.asyncDispose]()
  for (const each of [folder, data]) await rm(each, { recursive: true, force: true })
})

let count = 0
async function spoilt(spoil: (copy: string) => Promise<unknown>): Promise<string> {
  const copy = join(folder, `spoilt-${(count += 1)}`)
  await cp(whole, copy, { recursive: true })
  await spoil(copy)
  return copy
}

const restore = (from: string, env: Record<string, string> = { HEARTH_BACKUP_KEY: ownKey }) =>
  hearthCommand(['restore', '--from', from, '--data', data, '--json'], env)

async function refused(code: string, from: string, env?: Record<string, string>): Promise<void> {
  const before = await filesIn(data)
  const { code: exit, said, complained } = await restore(from, env)
  assert.deepEqual([exit, JSON.parse(said).code], [1, code], `${basename(from)}: ${said}`)
  assert.doesNotMatch(complained, /\n\s+at /)
  assert.deepEqual(await filesIn(data), before, 'nothing was changed')
}

async function flip(path: string, at: (size: number) => number): Promise<void> {
  const content = await readFile(path)
  const place = at(content.length)
  content[place] = (content[place] ?? 0) ^ 4
  await writeFile(path, content)
}

test(
  'a changed bit, a cut and a loss in any kind of file are refused before anything is changed',
  onlyWhenFull,
  async () => {
    const files = await filesIn(whole)
    const named = (part: string) =>
      files.find((file) => file.includes(part))?.slice(whole.length + 1) ?? assert.fail(part)
    const kinds = [named('log.copy'), named('slots.copy'), named(`${join('archive', '')}`), named('forgotten')]
    for (const file of kinds) {
      await refused('backup.damaged', await spoilt((copy) => flip(join(copy, file), (size) => size - 1)))
      await refused('backup.damaged', await spoilt((copy) => flip(join(copy, file), () => 60)))
      await refused(
        'backup.damaged',
        await spoilt(async (copy) => truncate(join(copy, file), (await stat(join(copy, file))).size - 1)),
      )
      await refused('backup.damaged', await spoilt((copy) => truncate(join(copy, file), 0)))
      await refused('backup.incomplete', await spoilt((copy) => rm(join(copy, file))))
    }
    const [one, two] = [named('tenants.copy'), named('instance.copy')]
    await refused('backup.damaged', await spoilt((copy) => copyFile(join(copy, one), join(copy, two))))
  },
)

const edited = (change: (manifest: Record<string, unknown>) => void) =>
  spoilt(async (copy) => {
    const path = join(copy, 'manifest.json')
    const manifest = JSON.parse(await readFile(path, 'utf8'))
    change(manifest)
    await writeFile(path, JSON.stringify(manifest))
  })

test('a manifest that was changed, is newer, is none or is not there is told apart', onlyWhenLong, async () => {
  await refused('backup.damaged', await edited((manifest) => (manifest['at'] = '2020-01-01T00:00:00.000Z')))
  await refused('backup.damaged', await edited((manifest) => (manifest['version'] = '9.9.9')))
  await refused(
    'backup.damaged',
    await edited((manifest) => (manifest['sealed'] = String(manifest['sealed']).slice(0, -8))),
  )
  await refused('backup.newer', await edited((manifest) => (manifest['format'] = 3)))
  await refused('backup.unreadable', await edited((manifest) => (manifest['format'] = 'two')))
  await refused('backup.unreadable', await edited((manifest) => delete manifest['key']))
  await refused('backup.unreadable', await spoilt((copy) => writeFile(join(copy, 'manifest.json'), '{"format":')))
  await refused('backup.incomplete', await spoilt((copy) => rm(join(copy, 'manifest.json'))))
  await refused('backup.unreadable', dirname(whole))
  await refused('backup.unreadable', join(folder, 'is not there'))
})

test(
  'a former backup, which anybody may have written, says nothing that becomes a statement or a path',
  onlyWhenLong,
  async () => {
    const to = join(folder, 'former')
    await writeFormer(await openWith(hearth.data, whole, Buffer.from(ownKey, 'base64')), to)
    const path = join(to, 'manifest.json')
    const held = JSON.parse(await readFile(path, 'utf8'))
    const [table, ...tables] = held.tables
    for (const hostile of [
      { tables: undefined },
      { days: 'one' },
      { archive: ['../../../etc/passwd'] },
      { tables: [{ ...table, columns: ['tenant) from stdin; drop schema hearth cascade; --'] }, ...tables] },
      { tables: [{ ...table, name: 'log; drop schema hearth cascade; --' }, ...tables] },
      { tables: [{ ...table, name: '../../tenants' }, ...tables] },
      { tables: [null] },
    ]) {
      await writeFile(path, JSON.stringify({ ...held, ...hostile }))
      await refused('backup.unreadable', to)
    }
  },
)

test(
  'a backup under another key, of another master key or of a database that is not known yet is refused',
  onlyWhenLong,
  async () => {
    await refused('backup.key-missing', whole, {})
    await refused('backup.key-other', whole, { HEARTH_BACKUP_KEY: Buffer.alloc(32, 1).toString('base64') })
    await refused('master-key.other', whole, {
      HEARTH_BACKUP_KEY: ownKey,
      HEARTH_MASTER_KEY: Buffer.alloc(32, 1).toString('base64'),
    })
    const opened = await openWith(hearth.data, whole, Buffer.from(ownKey, 'base64'))
    for (const [code, migrations] of [
      ['backup.newer', [...opened.migrations, '9999-later.sql']],
      ['restore.other-version', opened.migrations.slice(1)],
    ] as const) {
      const to = join(folder, code)
      await writeFormer({ ...opened, migrations }, to)
      await refused(code, to)
    }
  },
)

test(
  'a restore that is killed leaves nothing that a server would take for its data, and is done again',
  onlyWhenLong,
  async () => {
    const command = fileURLToPath(new URL('../../../cli/bin/hearth.js', import.meta.url))
    const env = { ...process.env, HEARTH_BACKUP_KEY: ownKey }
    const marker = () =>
      stat(join(data, 'restoring.json')).then(
        () => true,
        () => false,
      )
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const child = spawn(process.execPath, [command, 'restore', '--from', whole, '--data', data, '--json'], { env })
      const gone = once(child, 'close')
      let said = ''
      child.stdout.on('data', (chunk: Buffer) => (said += chunk))
      await until(marker, 'the restore has begun')
      child.kill(signal)
      const [code] = await gone
      if (signal === 'SIGTERM' && code !== 0) assert.equal(JSON.parse(said).code, 'restore.interrupted')
      if (code === 0) continue
      const { code: exit, complained } = await hearthCommand(['--data', data, 'start', '--port', '0'])
      assert.equal(exit, 1)
      assert.match(complained, /restore\.unfinished/)
    }
    const { code, said } = await restore(whole)
    if (code !== 0) assert.equal(JSON.parse(said).code, 'restore.not-empty')
    assert.equal(await marker(), false)
    await using other = await startHearth({ HEARTH_FEATURES: 'probe' }, data)
    await until(async () => (await other.call('probe.read', { stream: 'two' })).json?.count === 3, 'its view is built')
    assert.deepEqual((await other.call('log.verify', {})).json.broken, [])
  },
)
