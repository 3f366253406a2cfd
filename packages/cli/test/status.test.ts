import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { hearth } from './command.ts'
import { ownerKey, smallServer, type Responder } from './small-server.ts'

const state = { url: 'http://x', version: '0.1.0', lanes: 2, owed: { timer: 1, webhook: 0 }, positions: { '3': 17 } }
const answerStatus: Responder = ({ path }) => (path === '/api/v1/status' ? { status: 200, body: state } : undefined)

test('status prints what the server says, as JSON and for a person', async () => {
  await using server = await smallServer(answerStatus)
  const json = await hearth(['status', '--json'], server)
  assert.equal(json.code, 0)
  assert.deepEqual(JSON.parse(json.stdout), state)
  const { stdout } = await hearth(['status', '--data', server.data])
  assert.equal(
    stdout,
    'url      http://x\nversion  0.1.0\nlanes    2\nowed\n  timer    1\n  webhook  0\npositions\n  3  17\n',
  )
})

test('the owner key of the environment wins over the file', async () => {
  await using server = await smallServer(answerStatus)
  await writeFile(join(server.data, 'owner.key'), 'an-older-key-0123456789')
  assert.equal((await hearth(['status'], server)).code, 1)
  assert.equal((await hearth(['status'], { env: { ...server.env, HEARTH_OWNER_KEY: ownerKey } })).code, 0)
})

test('the data folder may be named by the file of the server’s configuration', async () => {
  await using server = await smallServer(answerStatus)
  const path = join(server.data, 'config.json')
  await writeFile(path, JSON.stringify({ data: server.data }))
  assert.equal((await hearth(['status'], { env: { HEARTH_CONFIG: path } })).code, 0)
  await writeFile(path, '{')
  assert.match((await hearth(['status'], { env: { HEARTH_CONFIG: path } })).stderr, /is not JSON/)
})

test('a server that is away is said to be', async () => {
  await using server = await smallServer()
  await writeFile(join(server.data, 'server.json'), JSON.stringify({ url: 'http://127.0.0.1:1', pid: process.pid }))
  const { code, stdout, stderr } = await hearth(['status'], server)
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(stderr, /does not answer at http:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\)/)
})
