// shows: A1
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { test } from 'node:test'
import { ModelError } from '../../../src/failure.ts'
import { localModel } from '../../../src/providers/gguf/model.ts'
import { Runner, type RunnerOptions } from '../../../src/providers/gguf/runner.ts'
import { Running, type Resident } from '../../../src/providers/gguf/running.ts'
import { ask, failureFrom } from '../conformance/answer.ts'

interface Told extends Resident {
  isOver: boolean
  isBusy: boolean
}

function resident(usedAt: number, isBusy = false): Told {
  const one: Told = {
    isOver: false,
    isBusy,
    usedAt,
    end: () => {
      one.isOver = true
      return Promise.resolve()
    },
  }
  return one
}

test('where one more would be too many, the one that was asked longest ago goes, and none that is at work', async () => {
  const running = new Running(2)
  const [old, older, next] = [resident(2), resident(1), resident(3)]
  await running.admit(old)
  await running.admit(older)
  await running.admit(older)
  assert.equal(old.isOver || older.isOver, false)
  await running.admit(next)
  assert.deepEqual([old.isOver, older.isOver], [false, true])
  old.isBusy = true
  next.isBusy = true
  const failing = running.admit(resident(4))
  await assert.rejects(failing, (error) => error instanceof ModelError && error.failure.type === 'rate')
  next.isOver = true
  await running.admit(resident(5))
  assert.equal(old.isOver, false)
})

test('what cannot fit, has no file or nothing to run it is turned away without a process', async () => {
  const none = new ModelError({ type: 'unknown-model', detail: 'it is not installed' })
  const own = { path: import.meta.filename, size: statSync(import.meta.filename).size, context: 10 }
  const failureOf = async (file: RunnerOptions['file'], text: string): Promise<string> => {
    await using runner = new Runner({ file, library: () => Promise.reject(none), threads: 1 })
    const model = localModel('here', 'any', runner)
    const { type, detail } = await failureFrom(model.doGenerate(ask(text)))
    assert.equal((await failureFrom(model.doStream(ask(text)))).type, type)
    assert.deepEqual([runner.isBusy, runner.pid], [false, undefined])
    return `${type}: ${detail}`
  }
  assert.match(await failureOf(own, 'x'.repeat(1281)), /^too-long: .* 10 tokens/)
  assert.equal(await failureOf(own, 'x'), 'unknown-model: it is not installed')
  assert.match(await failureOf({ ...own, size: 1 }, 'x'), /^unknown-model: .* has changed/)
  assert.match(await failureOf({ ...own, path: `${own.path}.not` }, 'x'), /^unknown-model: .* not there/)
  assert.match(await failureOf({ ...own, path: import.meta.dirname }, 'x'), /^unknown-model: .* not there/)
})
