import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { finish, hearth, start, temporaryFolder } from './command.ts'

/** A process that writes server.json as the server does and takes a moment to stop. */
const program = `
  import { rmSync, writeFileSync } from 'node:fs'
  import { createServer } from 'node:http'
  const path = process.env.SERVER_JSON
  const server = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1', () => {
    writeFileSync(path, JSON.stringify({ url: 'http://127.0.0.1:' + server.address().port, pid: process.pid }))
    process.on('SIGTERM', () => setTimeout(() => { rmSync(path); process.exit(0) }, 300))
    console.log('ready')
  })
`

async function someServer(folder: string) {
  const script = join(folder, 'server.mjs')
  const path = join(folder, 'server.json')
  await writeFile(script, program)
  const child = start(script, [], { env: { SERVER_JSON: path } })
  assert.ok(child.stdout)
  await once(child.stdout, 'data')
  return { child, path, ended: finish(child) }
}

test('stop returns when the server is gone', async () => {
  await using folder = await temporaryFolder()
  const server = await someServer(folder.path)
  const { code, stdout } = await hearth(['stop', '--data', folder.path, '--json'])
  assert.equal(code, 0)
  assert.deepEqual(JSON.parse(stdout), { stopped: server.child.pid })
  assert.equal(existsSync(server.path), false)
  assert.equal((await server.ended).code, 0)
  const again = await hearth(['stop', '--data', folder.path])
  assert.equal(again.code, 1)
  assert.match(again.stderr, /not running/)
})

test('a pid that a killed server left behind is not signalled when it is another process now', async () => {
  await using folder = await temporaryFolder()
  const server = await someServer(folder.path)
  // As if the file had been written long before this process started, by a server at an address nobody listens at.
  await writeFile(server.path, JSON.stringify({ url: 'http://127.0.0.1:1', pid: server.child.pid }))
  await utimes(server.path, 1_000_000, 1_000_000)
  const { code, stderr } = await hearth(['stop'], { env: { HEARTH_DATA: folder.path } })
  assert.equal(code, 1)
  assert.match(stderr, /not running/)
  assert.equal(server.child.exitCode, null)
  server.child.kill('SIGKILL')
  await server.ended
  assert.equal((await hearth(['stop'], { env: { HEARTH_DATA: folder.path } })).code, 1)
})

test('a server that stopped but was not yet waited for by its parent counts as gone', async () => {
  await using folder = await temporaryFolder()
  const script = join(folder.path, 'server.mjs')
  await writeFile(script, program)
  // The shell becomes `sleep`, which never asks for the exit code of the server that the shell started.
  const words = ['-c', '"$0" "$1" & exec sleep 600', process.execPath, script]
  const env = { ...process.env, SERVER_JSON: join(folder.path, 'server.json') }
  const parent = spawn('sh', words, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(parent.stdout, 'data')
    assert.equal((await hearth(['stop', '--data', folder.path])).code, 0)
  } finally {
    parent.kill('SIGKILL')
    await once(parent, 'close')
  }
})
