import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { findPackage } from '../../src/store/embedded/binaries.ts'
import { chooseUser } from '../../src/store/embedded/operating-user.ts'
import type { Database } from '../../src/store/database.ts'
import { isLong, onlyWhenLong } from '@hearth/testing/long'
import { type Folder, ask, foldersIn, hold, isRoot, listenTo, makeFolder, open } from './setting.ts'

/** Whether another user of the machine can come as far as this file. */
const isOpen = (path: string): boolean =>
  (statSync(path).mode & 0o001) !== 0 && (dirname(path) === path || isOpen(dirname(path)))
const cloneIsOpen = isOpen(import.meta.dirname)
const needsOpenClone = {
  skip: isRoot ? (cloneIsOpen ? false : 'another user cannot enter this clone') : 'only root can become another user',
}
const needsRoot = { skip: isRoot ? false : 'only root can become another user' }
/** Copies what all of PostgreSQL takes. */
const [onlyLongAsRoot, onlyLongInOpenClone] = isLong ? [needsRoot, needsOpenClone] : [onlyWhenLong, onlyWhenLong]
const nobody = { uid: 65_534, gid: 65_534 }

const placeOf = (database: Database) => database.place() ?? assert.fail()
const answers = (database: Database) => ask(database.connection('read'), (sql) => sql`select 1`)
const close = (database: Database) => database[Symbol.asyncDispose]()

async function openAndClose(folder: Folder, dataFolder = folder.within('home')) {
  const database = await open(folder, { dataFolder })
  const place = placeOf(database)
  await close(database)
  return place
}

const refusal =
  (code: string, ...words: readonly RegExp[]) =>
  (error: Error & { code?: string }) => {
    assert.equal(error.code, code, error.message)
    for (const word of words) assert.match(error.message, word)
    return true
  }

describe('where the database lives', onlyWhenLong, () => {
  it('is the data folder, when PostgreSQL can reach it', async () => {
    using folder = makeFolder()
    mkdirSync(folder.within('home'), { mode: 0o755 })
    await using database = await open(folder)
    assert.equal(placeOf(database).data, folder.within('home', 'postgres', 'data'))
    // Where the clone is closed to others, the programs are copied to a place that is not.
    if (cloneIsOpen) assert.equal(existsSync(folder.within('machine')), false)
  })

  it('is elsewhere for root with a data folder of its own, and stays there', needsRoot, async () => {
    using folder = makeFolder()
    const first = await openAndClose(folder)
    assert.equal(dirname(dirname(first.data)), folder.within('machine'))
    assert.equal(statSync(first.data).uid, chooseUser(undefined).uid)
    assert.deepEqual(readdirSync(folder.within('home')).toSorted(), [
      'logs',
      'postgres-passwords.json',
      'postgres.json',
    ])
    await using second = await open(folder)
    assert.equal(placeOf(second).data, first.data)
  })

  it('may have a path too long for a socket, with anything in it', async () => {
    using folder = makeFolder()
    const home = folder.within(`a, "b" 'c' é ${'d'.repeat(200)}`)
    const machineFolder = folder.within('machine')
    mkdirSync(home, { mode: 0o755 })
    const database = await open(folder, { dataFolder: home })
    const { socket, data } = placeOf(database)
    assert.equal(data.startsWith(home), true)
    assert.equal(dirname(socket), isRoot ? machineFolder : tmpdir())
    assert.equal(statSync(socket).mode & 0o777, 0o700)
    assert.ok(socket.length < 90)
    await answers(database)
    await close(database)
    assert.equal(existsSync(socket), false)
    await using again = await open(folder, { dataFolder: home })
    await answers(again)
  })

  it('goes along when the data folder is moved', onlyWhenLong, async () => {
    using folder = makeFolder()
    mkdirSync(folder.within('home'), { mode: 0o755 })
    await openAndClose(folder)
    renameSync(folder.within('home'), folder.within('moved'))
    await using database = await open(folder, { dataFolder: folder.within('moved') })
    assert.equal(placeOf(database).data, folder.within('moved', 'postgres', 'data'))
  })

  it('is not shared with a copy of the data folder', needsRoot, async () => {
    using folder = makeFolder()
    await openAndClose(folder)
    cpSync(folder.within('home'), folder.within('copy'), { recursive: true })
    await assert.rejects(open(folder, { dataFolder: folder.within('copy') }), refusal('store.data-shared', /copy/))
    rmSync(folder.within('home'), { recursive: true })
    await using moved = await open(folder, { dataFolder: folder.within('copy') })
    await answers(moved)
  })

  it('must not be gone', async () => {
    using folder = makeFolder()
    const { data } = await openAndClose(folder)
    rmSync(data, { recursive: true })
    await assert.rejects(open(folder), refusal('store.data-missing', /backup/, /postgres\.json/))
    rmSync(folder.within('home', 'postgres.json'))
    await using anew = await open(folder)
    await answers(anew)
  })

  it('is not read when another major version, or none, wrote it', async () => {
    using folder = makeFolder()
    const { data } = await openAndClose(folder)
    writeFileSync(join(data, 'PG_VERSION'), '17\n')
    await assert.rejects(open(folder), refusal('store.version-unknown', /PostgreSQL 17/, /backup/))
    rmSync(join(data, 'PG_VERSION'))
    await assert.rejects(open(folder), refusal('store.version-unknown', /unknown/))
    assert.equal(existsSync(join(data, 'base')), true)
  })

  it('is not found through a damaged record', async () => {
    using folder = makeFolder()
    await openAndClose(folder)
    writeFileSync(folder.within('home', 'postgres.json'), '{ "data": ')
    await assert.rejects(open(folder), refusal('store.record-damaged', /postgres\.json/))
  })

  it('lets its owner in again after the passwords were lost', async () => {
    using folder = makeFolder()
    await openAndClose(folder)
    rmSync(folder.within('home', 'postgres-passwords.json'))
    {
      await using database = await open(folder)
      await answers(database)
    }
    writeFileSync(folder.within('home', 'postgres-passwords.json'), 'no json')
    await assert.rejects(open(folder), refusal('store.passwords-damaged'))
  })
})

describe('whom PostgreSQL runs as', onlyWhenLong, () => {
  it('is the user named, and what that user owns is refused to another', needsRoot, async () => {
    using folder = makeFolder()
    const first = await open(folder, { postgresUser: 'nobody' })
    const { data, socket } = placeOf(first)
    assert.deepEqual([statSync(data).uid, statSync(socket).uid], [nobody.uid, nobody.uid])
    await close(first)
    if (chooseUser(undefined).name !== 'nobody') {
      await assert.rejects(open(folder), refusal('store.data-foreign', /HEARTH_POSTGRES_USER/))
    }
  })

  it('cannot be root or a user who is not there', needsRoot, async () => {
    using folder = makeFolder()
    await assert.rejects(open(folder, { postgresUser: 'root' }), refusal('store.user-missing'))
    const words = [/no-such-user/, /HEARTH_POSTGRES_USER/, /DATABASE_URL/]
    await assert.rejects(open(folder, { postgresUser: 'no-such-user' }), refusal('store.user-missing', ...words))
  })

  it('is an ordinary user itself, who needs no other folder', needsOpenClone, async () => {
    using folder = makeFolder()
    const home = folder.within('home')
    mkdirSync(home, { mode: 0o700 })
    chownSync(home, nobody.uid, nobody.gid)
    await using holder = hold({ dataFolder: home, machineFolder: folder.within('machine') }, nobody)
    await holder.pid
    assert.equal(statSync(join(home, 'postgres', 'data')).uid, nobody.uid)
    assert.equal(existsSync(folder.within('machine')), false)
  })

  it('must have a name', needsOpenClone, async () => {
    using folder = makeFolder()
    chmodSync(folder.path, 0o777)
    await using holder = hold(foldersIn(folder), { uid: 54_321, gid: 54_321 })
    await assert.rejects(holder.pid, /store\.user-missing/)
    assert.match(holder.errors(), /54321.*\/etc\/passwd/)
  })
})

describe('the binaries', () => {
  /** As npm lays them out when it runs no scripts. */
  function install(folder: Folder, mode: number): string {
    const path = folder.within('package')
    cpSync(findPackage(), path, { recursive: true, filter: (source) => !source.endsWith('.a') })
    const links = JSON.parse(readFileSync(join(path, 'native', 'pg-symlinks.json'), 'utf8')) as { target: string }[]
    for (const { target } of links) rmSync(join(path, target), { force: true })
    chmodSync(path, mode)
    return path
  }

  it('are used where they lie, and get the links that no script made', async () => {
    using folder = makeFolder()
    const path = install(folder, 0o755)
    await using database = await open(folder, { package: path })
    await answers(database)
    assert.match(readFileSync(folder.within('home', 'postgres.json'), 'utf8'), new RegExp(`"${path}/native"`))
    assert.deepEqual(readdirSync(folder.path).includes('bin'), false)
  })

  it('are copied once where root alone can read them, for all servers together', onlyLongAsRoot, async () => {
    using folder = makeFolder()
    const path = install(folder, 0o700)
    const [one, other] = await Promise.all([
      open(folder, { package: path }),
      open(folder, { package: path, dataFolder: folder.within('other') }),
    ])
    await Promise.all([answers(one), answers(other)])
    const [copy, ...more] = readdirSync(folder.within('machine', 'bin'))
    assert.deepEqual(more, [])
    assert.match(copy ?? '', /^18\.4\.0-.*-[0-9a-f]{12}$/)
    const binary = folder.within('machine', 'bin', copy ?? '', 'native', 'bin', 'postgres')
    const made = statSync(binary).mtimeMs
    assert.equal(statSync(binary).mode & 0o777, 0o755)
    await Promise.all([close(one), close(other)])
    await using again = await open(folder, { package: path })
    await answers(again)
    assert.equal(statSync(binary).mtimeMs, made)
  })

  it('are copied by an ordinary user who may not write beside them', onlyLongInOpenClone, async () => {
    using folder = makeFolder()
    const path = install(folder, 0o755)
    const home = folder.within('home')
    mkdirSync(home, { mode: 0o700 })
    chownSync(home, nobody.uid, nobody.gid)
    await using holder = hold({ dataFolder: home, package: path }, nobody)
    await holder.pid
    assert.equal(readdirSync(join(home, 'bin')).length, 1)
  })

  it('are not copied half: what a crash left is cleared away', onlyLongAsRoot, async () => {
    using folder = makeFolder()
    const path = install(folder, 0o700)
    await openAndClosePackage(folder, path)
    const [name = ''] = readdirSync(folder.within('machine', 'bin'))
    rmSync(folder.within('machine', 'bin', name), { recursive: true })
    const gone = 4_194_304
    mkdirSync(folder.within('machine', 'bin', `${name}.${gone}.00000000`, 'native'), { recursive: true })
    await openAndClosePackage(folder, path)
    assert.deepEqual(readdirSync(folder.within('machine', 'bin')), [name])
  })

  async function openAndClosePackage(folder: Folder, path: string): Promise<void> {
    const log = listenTo()
    await close(await open(folder, { package: path, log }))
    assert.deepEqual(log.said, [])
  }
})
