import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { masterKey, type View } from '@hearth/kernel'
import { rebuildView } from '../../src/store/views/rebuild.ts'
import { createRenewingClient } from '../../src/store/renewing.ts'
import { ledger, ledgerView, at } from './ledger-actor.ts'
import { command, openStore } from './store.ts'

test('debug', async () => {
  const actors = [ledger]
  const master = masterKey(randomBytes(32))
  await using store = await openStore(actors)
  const kernel = store.kernel({ actors, master })
  await kernel.start()
  for (let i = 0; i < 5; i++) await kernel.submit(command(at(`h${i}`), { type: 'write', text: 'x' } as never))
  await kernel.stop()
  const migrate = store.as('commit')
  const cut = async (name: string) => migrate`select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${name}`
  const client = createRenewingClient(() => store.database.connection('commit'), { max: 1, connection: { application_name: 'dbg' } })
  for (const pause of [0, 100]) {
    await client
      .use(async (sql) => {
        const pid = async () => String((await sql`select pg_backend_pid() as pid`)[0]?.['pid'])
        console.log('pid', await pid())
        console.log('cut', (await cut('dbg')).length)
        if (pause > 0) await new Promise((r) => setTimeout(r, pause))
        for (let i = 0; i < 3; i++) console.log('then', await pid().catch((e: Error) => `failed ${e.message}`))
      })
      .catch((e: Error) => console.log('use failed', e.message))
    await new Promise((r) => setTimeout(r, 300))
  }
  const view = ledgerView as unknown as View
  const count = async () => (await store.as('commit')`select count(*)::int as c from hearth.shadow_ledger_1`)[0]?.['c']
  const error = await rebuildView({ connection: store.database.connection('commit'), tenants: ['main'], master, view, actors,
    at: async (b) => { if (b === 'filled') { console.log('filled', await count()); await cut('hearth-rebuild') } } }).catch((e: Error) => e)
  console.log(String(error), await count())
  await new Promise((r) => setTimeout(r, 300))
  console.log(await count())
  await client[Symbol.asyncDispose]()
})
