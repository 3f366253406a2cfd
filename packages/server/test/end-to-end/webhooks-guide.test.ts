// shows: B2, H1
import assert from 'node:assert/strict'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { ownerKey, startHearth, until, type RunningHearth } from './hearth.ts'
import { isLong, onlyWhenLong } from '@hearth/testing/long'

const execute = promisify(execFile)
const root = join(import.meta.dirname, '../../../..')

let hearth: RunningHearth
let folder: string
let port: string
before(async () => {
  if (!isLong) return
  hearth = await startHearth({})
  folder = await mkdtemp(join(tmpdir(), 'hearth-webhooks-guide-'))
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  port = String((probe.address() as AddressInfo).port)
  probe.close()
  await mkdir(join(folder, 'node_modules'))
  for (const name of ['standardwebhooks', '@stablelib', 'fast-sha256'])
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  const command = join(folder, 'bin/hearth')
  await mkdir(join(folder, 'bin'))
  await writeFile(command, `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'packages/cli/bin/hearth.js')}" "$@"\n`)
  await chmod(command, 0o755)
})
after(async () => {
  if (!isLong) return
  await hearth[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** The examples, at a port that is free here. */
async function blocks(language: string): Promise<readonly string[]> {
  const text = await readFile(join(root, 'docs/guides/webhooks.md'), 'utf8')
  const found = text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))
  return [...found].map(([, code = '']) => code.replaceAll('8080', port))
}

const env = (more: Record<string, string> = {}) => {
  const { NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...rest } = process.env
  const path = [join(folder, 'bin'), join(process.execPath, '..'), process.env['PATH'] ?? ''].join(delimiter)
  return { ...rest, PATH: path, HEARTH_URL: hearth.url, HEARTH_KEY: ownerKey, HEARTH_DATA: hearth.data, ...more }
}
const run = (script: string, more: Record<string, string> = {}) =>
  execute('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env: env(more) })

/** The receiver as the guide says it, and what it wrote. */
async function receive(
  program: string,
  words: readonly string[],
  secret: string,
  use: (said: () => string) => unknown,
) {
  const child: ChildProcess = spawn(program, words, {
    cwd: folder,
    env: env({ WEBHOOK_SECRET: secret }),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk))
  const gone = once(child, 'exit')
  try {
    await until(() => said.includes('waiting'), `${program} waits`)
    await use(() => said)
  } finally {
    child.kill('SIGKILL')
    await gone
  }
}

test('the guide does what it says, word for word', onlyWhenLong, async () => {
  const [create = '', start, tested = '', rings = '', ended = '', enable = '', change = '', ...more] =
    await blocks('sh')
  assert.deepEqual([start, more], ['node receiver.ts\n', []])
  const [receiver = ''] = await blocks('ts')
  await writeFile(join(folder, 'receiver.ts'), receiver)
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const types = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node']
  const how = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--erasableSyntaxOnly']
  await execute(process.execPath, [compiler, ...how, ...types, 'receiver.ts'], { cwd: folder })

  const said = await run(`${create}\necho "$WEBHOOK_ID $WEBHOOK_SECRET"`)
  const [id = '', secret = ''] = said.stdout.trim().split(' ')
  assert.match(id, /^wh_/)
  assert.match(secret, /^whsec_/)
  const known = { WEBHOOK_ID: id, WEBHOOK_SECRET: secret }
  await receive(process.execPath, ['receiver.ts'], secret, async (written) => {
    assert.match((await run(tested, known)).stdout, /204/)
    await run(rings, known)
    await until(() => written().includes('Stand up'), 'it rang at the receiver')
    assert.match(written(), /^webhook\.test \{\}$/m)
    assert.match(
      written(),
      /^reminder\.rang \{"reminder":"rem_\w+","occurrence":"rem_\w+\.\d+","due":"[^"]+","late":(true|false),"text":"Stand up"\}$/m,
    )
    await until(async () => (await run(ended, known)).stdout.includes('delivered'), 'the delivery is listed')
    await run(enable, known)
    const { status } = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' })
    assert.equal(status, 401)
  })
  const { stdout } = await run(change, known)
  assert.match(stdout, /whsec_/)
  assert.deepEqual((await hearth.call('webhooks.list', {})).json.items, [])
})

test(
  'the receiver in Python takes what is signed, with one secret or two, and nothing else',
  onlyWhenLong,
  async (context) => {
    const has = await execute('python3', ['-c', 'import sys; assert sys.version_info >= (3, 9)']).catch(() => undefined)
    if (has === undefined) return context.skip('there is no Python here')
    const [receiver = ''] = await blocks('python')
    await writeFile(join(folder, 'receiver.py'), receiver)
    const url = `http://127.0.0.1:${port}/`
    const { id, secret } = (await hearth.call('webhooks.create', { url, events: ['reminder.rang'] })).json
    const test = async () => (await hearth.call('webhooks.test', { id })).json
    await receive('python3', ['receiver.py'], secret, async (written) => {
      assert.deepEqual(await test(), { ok: true, status: 204 })
      await hearth.call('webhooks.rotate', { id })
      assert.deepEqual(await test(), { ok: true, status: 204 })
      assert.equal(written().match(/^webhook\.test \{\}$/gm)?.length, 2)
      await hearth.call('webhooks.rotate', { id, overlap: 'PT0S' })
      assert.deepEqual(await test(), { ok: false, reason: 'the receiver answered 401' })
    })
  },
)
