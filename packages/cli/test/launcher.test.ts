import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, after, suite, test } from 'node:test'
import { finish, start } from './command.ts'
import { installByHand, olderNode, platformEntry, platformPackage, smallClone, type SmallClone } from './small-clone.ts'

const withoutNpm = { PATH: '/nowhere' }

async function firstLine(child: ChildProcess): Promise<{ version: string; pid: number; words: string[] }> {
  assert.ok(child.stdout)
  const [text] = await once(child.stdout, 'data')
  return JSON.parse(String(text))
}

test('on Node 24 a program runs in the same process, without npm when nothing is missing', async () => {
  await using clone = await smallClone({ [`node_modules/${platformPackage}`]: platformEntry })
  await installByHand(clone)
  const child = start(clone.prepare, ['program.ts', 'exit', '7', '--flag'], { cwd: clone.root, env: withoutNpm })
  const [seen, outcome] = await Promise.all([firstLine(child), finish(child)])
  assert.deepEqual(seen, { version: process.version, pid: child.pid, words: ['exit', '7', '--flag'] })
  assert.equal(outcome.code, 7)
  assert.equal(outcome.stderr, '')
})

suite(
  'with an older Node the packaged one runs the program',
  { skip: olderNode === undefined && 'this machine has no older Node' },
  () => {
    let clone: SmallClone
    before(async () => {
      clone = await smallClone({ [`node_modules/${platformPackage}`]: platformEntry }, `${'long name '.repeat(12)}end`)
      await installByHand(clone, 0o644)
    })
    after(() => clone[Symbol.asyncDispose]())
    const launch = (...words: string[]) =>
      start(clone.prepare, [clone.program, ...words], { ...(olderNode && { node: olderNode }), env: withoutNpm })

    test('even when its executable bit was lost, and hands its exit code on', async () => {
      const child = launch('exit', '7')
      const [seen, outcome] = await Promise.all([firstLine(child), finish(child)])
      assert.equal(seen.version, process.version)
      assert.deepEqual([outcome.code, outcome.stderr], [7, ''])
    })

    test('hands signals on, and the exit code that follows', async () => {
      const child = launch('catch')
      const outcome = finish(child)
      await firstLine(child)
      child.kill('SIGTERM')
      assert.equal((await outcome).code, 5)
    })

    test('ends with 128 and the number when a signal ended the program', async () => {
      const child = launch('wait')
      const outcome = finish(child)
      const { pid } = await firstLine(child)
      process.kill(pid, 'SIGKILL')
      assert.equal((await outcome).code, 137)
    })

    test('says what to do where no packaged Node runs', async () => {
      await using bare = await smallClone({}, 'bare')
      const outcome = await finish(
        start(bare.prepare, [bare.program, 'exit', '0'], { ...(olderNode && { node: olderNode }) }),
      )
      assert.equal(outcome.code, 1)
      assert.match(outcome.stderr, /Hearth needs Node 24 or newer/)
    })
  },
)

test('a clone without the server says so', async () => {
  await using clone = await smallClone()
  await installByHand(clone)
  const outcome = await finish(start(clone.hearth, ['start'], { env: withoutNpm }))
  assert.deepEqual([outcome.code, outcome.stdout], [1, ''])
  assert.match(outcome.stderr, /The server is not installed beside this command/)
})

test('the first start has the server compiled by a process of its own, a later one not', async () => {
  await using clone = await smallClone()
  await installByHand(clone)
  const server = join(clone.root, 'node_modules/@hearth/server')
  await mkdir(server)
  const exports = { '.': './index.js', './everything': './everything.js' }
  await writeFile(join(server, 'package.json'), JSON.stringify({ type: 'module', exports }))
  await writeFile(
    join(server, 'everything.js'),
    `import { appendFileSync } from 'node:fs'\nappendFileSync('compiled', \`\${process.pid}\\n\`)`,
  )
  await writeFile(join(server, 'index.js'), 'export const main = async () => (console.log(process.pid), 3)')
  const env = { ...withoutNpm, NODE_COMPILE_CACHE: '' }
  const first = await finish(start(clone.hearth, ['start'], { cwd: clone.root, env }))
  const next = await finish(start(clone.hearth, ['start'], { cwd: clone.root, env }))
  assert.deepEqual([first.code, first.stderr, next.code, next.stderr], [3, '', 3, ''])
  const compilers = readFileSync(join(clone.root, 'compiled'), 'utf8').trim().split('\n')
  assert.equal(compilers.length, 1)
  assert.notEqual(compilers[0], first.stdout.trim())
})

test('a signal to the script that npm start runs ends the preparation, and with it the script', async () => {
  await using clone = await smallClone()
  const folder = join(clone.root, 'bin')
  await mkdir(folder)
  // Stands for a Node that prepares for long, and says whether it was told to stop.
  const told = join(clone.root, 'told')
  await writeFile(
    join(folder, 'node'),
    `#!/bin/sh\ntrap 'echo stop >> told; exit 143' TERM\necho on >> told\nwhile :; do sleep 0.05; done\n`,
    {
      mode: 0o755,
    },
  )
  const script = join(clone.root, 'packages/cli/bin/start.sh')
  const child = spawn('sh', [script], { cwd: clone.root, env: { PATH: `${folder}:${process.env['PATH']}` } })
  const closed = once(child, 'close')
  while (!existsSync(told)) await new Promise((resolve) => setTimeout(resolve, 20))
  child.kill('SIGTERM')
  const [code] = await closed
  assert.deepEqual([code, readFileSync(told, 'utf8')], [143, 'on\nstop\n'])
})
