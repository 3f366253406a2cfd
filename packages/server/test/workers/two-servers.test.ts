// shows: B10
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cpSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { superuser } from '../../src/store/embedded/cluster.ts'
import { openDatabase, type ConnectionOptions } from '../../src/store/database.ts'
import { startOn } from '../end-to-end/hearth.ts'
import { foldersIn, connect, listenTo, makeFolder, until } from '../store/setting.ts'
import { callOnce, startLoad } from './load.ts'
import { onlyWhenLong } from '@hearth/testing/long'

// Two servers on one database, which one of them has by an advisory lock. The lock is taken from it by force, under load.

type Server = Awaited<ReturnType<typeof startOn>>

test(
  'ownership that is taken by force: nothing acknowledged is lost, and the former server writes nothing more',
  onlyWhenLong,
  async (context) => {
    using folder = makeFolder()
    await using database = await openDatabase({ ...foldersIn(folder), log: listenTo() })
    const { socket } = database.place() as { readonly socket: string }
    const passwords = JSON.parse(readFileSync(folder.within('home', 'postgres-passwords.json'), 'utf8')) as {
      readonly admin: string
    }
    const adminOf = (name: string): ConnectionOptions => ({
      ...database.connection('read'),
      user: superuser,
      password: passwords.admin,
      database: name,
    })
    {
      await using admin = connect(adminOf('postgres'))
      await admin.sql`create database shared`
    }
    await using admin = connect(adminOf('shared'))
    const { sql } = admin
    const url = `postgres://${superuser}:${encodeURIComponent(passwords.admin)}@localhost/shared?host=${encodeURIComponent(socket)}`
    const env = (workers: string): Record<string, string> => ({
      DATABASE_URL: url,
      HEARTH_FEATURES: 'probe',
      HEARTH_WORKERS: workers,
    })

    const holders = async (): Promise<readonly string[]> =>
      (
        await sql<{ name: string }[]>`
      select a.application_name as name from pg_locks l join pg_stat_activity a on a.pid = l.pid
       where l.locktype = 'advisory' and l.granted and a.application_name like 'hearth-owner %'`
      ).map(({ name }) => name)

    const servers: Server[] = []
    await using _ended = {
      [Symbol.asyncDispose]: async () => {
        for (const { child } of servers) {
          if (child.exitCode !== null) continue
          child.kill('SIGTERM')
          await once(child, 'exit')
        }
      },
    }
    servers.push(await startOn(folder.within('one'), env('1')))
    cpSync(folder.within('one'), folder.within('two'), {
      recursive: true,
      filter: (path) => !/server\.(lock|json)$|[/\\]logs/.test(path),
    })
    const urls = (): readonly string[] => servers.slice(-2).map((server) => server.url)
    const load = startLoad({ urls, insists: true, clients: 6 })
    const exits: (number | null)[] = []
    for (const [data, workers] of [
      ['two', '2'],
      ['one', '1'],
    ] as const) {
      const seen = load.calls()
      await until(() => load.calls() > seen + 40)
      const former = servers.at(-1) as Server
      const exit = once(former.child, 'exit') as Promise<[number | null]>
      const [owner = ''] = await holders()
      // Whatever connection of it holds the lock is cut, until the other server has it.
      let forcing = true
      const force = (async () => {
        while (forcing) {
          await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${owner}`
          const now = await holders()
          if (now.length > 0 && !now.includes(owner)) return
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      })()
      servers.push(await startOn(folder.within(data), env(workers)))
      forcing = false
      await force
      exits.push((await exit)[0])
    }
    const seen = load.calls()
    await until(() => load.calls() > seen + 40)
    await load.stop()
    context.diagnostic(`${load.calls()} acknowledged, the longest ${load.longestMs()} ms`)
    assert.deepEqual(exits, [1, 1])
    const last = servers.at(-1)?.url ?? ''
    for (const [stream, count] of load.acknowledged) {
      const { text } = await callOnce(last, '/api/v1/call/probe.read', { body: { stream } })
      assert.equal((JSON.parse(text) as { readonly count: number }).count, count, stream)
    }
    const [{ n: rows } = { n: '' }] = await sql<{ n: string }[]>`
    select count(*) as n from hearth.log where types = 'probe.recorded'`
    assert.equal(Number(rows), load.calls())
    const verified = await callOnce(last, '/api/v1/call/log.verify', { body: {} })
    assert.deepEqual((JSON.parse(verified.text) as { readonly broken: unknown }).broken, [])
  },
)
