import assert from 'node:assert/strict'
import { open, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import postgres from 'postgres'
import { unavailableBy } from '../../src/store/away.ts'
import { ConnectionLost } from '../../src/store/renewing.ts'

const told = (error: unknown): string | undefined => /\((.+)\)/.exec(unavailableBy(error)?.message ?? '')?.[1]
const refused = (place: object): Promise<unknown> =>
  new Promise((resolve) => connect(place as { readonly port: number }).once('error', resolve))
const sqlState = (code: string): Error =>
  Object.assign(new postgres.PostgresError({ message: 'no' } as unknown as string), { code })

test('a database that could not be asked is told as such, with its reason', async () => {
  assert.equal(told(new ConnectionLost('closed')), 'database.unreachable')
  assert.equal(told(Object.assign(new Error('late'), { code: 'CONNECT_TIMEOUT' })), 'database.slow')
  assert.equal(told(Object.assign(new Error('cut'), { code: 'ECONNRESET', syscall: 'read' })), 'database.unreachable')
  assert.equal(told(await refused({ port: 1, host: '127.0.0.1' })), 'database.unreachable')
  assert.equal(told(await refused({ path: join(tmpdir(), 'no-such-socket') })), 'database.unreachable')
  assert.deepEqual(
    ['57P01', '53300', '57014'].map((code) => told(sqlState(code))),
    ['database.unreachable', 'database.too-many-connections', 'database.slow'],
  )
})

test('what the database said of the question, and what became of a file, is not taken for its absence', async () => {
  assert.deepEqual(
    ['23505', '42601', 'HE001'].map((code) => told(sqlState(code))),
    [undefined, undefined, undefined],
  )
  const path = join(tmpdir(), `hearth-away-${process.pid}`)
  const file = await open(path, 'w')
  await file.close()
  const failures = await Promise.all([
    open(join(path, 'below')).catch((error: unknown) => error),
    open(join(tmpdir(), 'no-such-folder', 'file')).catch((error: unknown) => error),
  ])
  await rm(path)
  const full = Object.assign(new Error('no space left'), { code: 'ENOSPC', syscall: 'write' })
  for (const failure of [...failures, full, new Error('plain'), 'text', null, undefined])
    assert.equal(unavailableBy(failure), undefined, String(failure))
})
