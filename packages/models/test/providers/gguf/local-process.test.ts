// shows: A1
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { RunnerOptions } from '../../../src/providers/gguf/runner.ts'
import { ask, failureFrom, told } from '../conformance/answer.ts'
import { library, modelPath, skipUnlessFull as skip } from './real-model.ts'
import { coldly, modelOf, runnerWith, size, until } from './small-runner.ts'

test('more than wait for their turn are turned away, and who leaves the line is not asked', { skip }, async () => {
  await using runner = runnerWith({ atOnce: 1, mostWaiting: 1 })
  const one = modelOf(runner)
  const running = one.doStream(ask('Tell a long story.'))
  await until(() => runner.isBusy)
  const leave = new AbortController()
  const waiting = failureFrom(one.doGenerate(coldly('Hi', { abortSignal: leave.signal })))
  const refused = await failureFrom(one.doGenerate(coldly('Hi')))
  assert.equal(refused.type, 'rate')
  assert.ok((refused.afterMs ?? 0) > 0)
  leave.abort()
  assert.equal((await waiting).type, 'stopped')
  const next = one.doGenerate(coldly('Hi', { maxOutputTokens: 1 }))
  await (await running).stream.cancel()
  assert.equal((await next).usage.outputTokens.total, 1)
})

test('a process that breaks off fails what is under way, and the next question has another', { skip }, async () => {
  await using runner = runnerWith()
  const one = modelOf(runner)
  const { stream } = await one.doStream(ask('Tell a long story.'))
  const whole = failureFrom(one.doGenerate(ask('Tell a long story.')))
  const { pid } = runner
  assert.ok(pid !== undefined)
  process.kill(pid, 'SIGSEGV')
  assert.equal((await told(stream)).failure?.type, 'lost')
  assert.equal((await whole).type, 'away')
  assert.equal((await one.doGenerate(coldly('Hi', { maxOutputTokens: 1 }))).usage.outputTokens.total, 1)
  assert.notEqual(runner.pid, pid)
})

test('a process that nobody asks ends, and is started again', { skip }, async () => {
  await using runner = runnerWith({ idleMs: 1 })
  const one = modelOf(runner)
  const call = coldly('Hi', { maxOutputTokens: 1 })
  await one.doGenerate(call)
  await until(() => runner.pid === undefined)
  await one.doGenerate(call)
})

test(
  'a file that is gone, cut, changed or nonsense is said to be, and a library that is not there',
  { skip },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hearth-gguf-'))
    const path = join(folder, 'model.gguf')
    const failureAt = async (more: Partial<RunnerOptions>) => {
      await using runner = runnerWith(more)
      return await failureFrom(modelOf(runner).doGenerate(coldly('Hi')))
    }
    try {
      const gone = await failureAt({ file: { path, size, context: 1024 } })
      assert.match(`${gone.type}: ${gone.detail}`, /^unknown-model: .* not there/)
      await copyFile(modelPath, path)
      await truncate(path, 100_000_000)
      const changed = await failureAt({ file: { path, size, context: 1024 } })
      assert.match(`${changed.type}: ${changed.detail}`, /^unknown-model: .* changed/)
      const cut = await failureAt({ file: { path, size: 100_000_000, context: 1024 } })
      assert.match(`${cut.type}: ${cut.detail}`, /^unknown-model: its file cannot be loaded/)
      await writeFile(path, 'GGUF'.repeat(1000))
      const nonsense = await failureAt({ file: { path, size: 4000, context: 1024 } })
      assert.equal(nonsense.type, 'unknown-model')
      const library = await failureAt({ library: () => Promise.resolve(join(folder, 'absent.js')) })
      assert.match(`${library.type}: ${library.detail}`, /^unknown-model: what runs local models/)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
)

test('a process does not outlive the one that started it, however that ends', { skip }, async () => {
  const program = `
    import { Runner } from ${JSON.stringify(import.meta.resolve('../../../src/providers/gguf/runner.ts'))}
    const runner = new Runner(${JSON.stringify({ file: { path: modelPath, size, context: 512 }, threads: 1 }).slice(0, -1)}, library: async () => ${JSON.stringify(library)} })
    await runner.ready(new AbortController().signal)
    console.log(runner.pid)
    setInterval(() => undefined, 1000)`
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = await Promise.race([once(parent.stdout, 'data'), once(parent, 'exit').then(() => [])])
  const pid = Number(String(lines[0]))
  assert.ok(pid > 0)
  process.kill(pid, 0)
  const gone = once(parent, 'exit')
  parent.kill('SIGKILL')
  await gone
  await until(() => {
    try {
      process.kill(pid, 0)
      return false
    } catch {
      return true
    }
  })
})
