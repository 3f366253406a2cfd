import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '@hearth/protocol'
import type { AttemptResult, EffectKind } from '../src/effects/kind.ts'
import { withheld } from '../src/effects/reading.ts'
import { createRunner, type Runner } from '../src/effects/runner.ts'
import type { ResultEnvelope } from '../src/envelope.ts'
import type { EffectRow } from '../src/ports/log.ts'

const row = (sequence: number): EffectRow => ({
  slot: 1,
  sequence,
  ordinal: 0,
  actor: 1,
  address: { tenant: 'main', home: 'h', kind: 'k', id: 'i' },
  kind: 'call',
  due: 0,
  attempt: 1,
  person: null,
  request: Buffer.from('null'),
})

const done: AttemptResult = { type: 'done', value: null }
const never = <T>(): Promise<T> => new Promise<T>(() => {})

const kind = (over: Partial<EffectKind>): EffectKind => ({
  kind: 'call',
  delivery: 'idempotent',
  concurrency: 4,
  timeoutMs: 60_000,
  backoffMs: () => 1000,
  run: () => Promise.resolve(done),
  ...over,
})

interface Running {
  readonly runner: Runner
  readonly results: ResultEnvelope[]
  until(count: number): Promise<void>
}

function running(over: Partial<EffectKind>, graceMs = 5000): Running {
  const results: ResultEnvelope[] = []
  const runner = createRunner({ kinds: [kind(over)], report: (result) => results.push(result), graceMs })
  return { runner, results, until: (count) => until(() => results.length >= count) }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2000; tries += 1) {
    if (holds()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('never came true')
}

test('an executor that never ends costs its own attempt only', async () => {
  const {
    runner,
    results,
    until: reported,
  } = running({
    concurrency: 1,
    timeoutMs: 20,
    run: (request) => (request === 'hangs' ? never() : Promise.resolve(done)),
  })
  runner.start(row(1), () => 'hangs')
  runner.start(row(2), () => 'ends')
  await reported(2)
  assert.deepEqual(
    results.map(({ effect, result }) => [effect.sequence, result.type]),
    [
      [1, 'retry'],
      [2, 'settle'],
    ],
  )
  assert.deepEqual([...runner.counts()], [['call', 0]])
  await runner.stop()
})

test('a request that cannot be read is read again, is no attempt and holds up nobody', async () => {
  let failures = 0
  const { runner, results, until: reported } = running({})
  const failing = (times: number) => (): Promise<Json> => {
    failures += 1
    return failures <= times ? Promise.reject(new Error('the database is away')) : Promise.resolve('read')
  }
  for (let index = 0; index < 100; index += 1) runner.start(row(index), () => Promise.reject(new Error('damaged')))
  runner.start(row(100), failing(3))
  runner.start(row(101), () => {
    failures += 1
    if (failures < 3) throw new Error('also at once')
    return 'read'
  })
  await reported(2)
  assert.deepEqual(results.map(({ effect }) => effect.sequence).toSorted(), [100, 101])
  assert.ok(results.every(({ attempt, result }) => attempt === 1 && result.type === 'settle'))
  assert.equal(runner.counts().get('call'), 100)
  await runner.stop()
})

test('few requests are read at once, in order', async () => {
  const asked: number[] = []
  const gates: (() => void)[] = []
  const { runner, until: reported } = running({ concurrency: 1000 })
  for (let index = 0; index < 100; index += 1) {
    runner.start(row(index), () => {
      asked.push(index)
      return new Promise((resolve) => gates.push(() => resolve(index)))
    })
  }
  assert.deepEqual(asked, [...asked.keys()])
  assert.equal(asked.length, 32)
  for (let opened = 0; opened < 100; opened += 1) {
    await until(() => gates.length > opened)
    gates[opened]?.()
  }
  await reported(100)
  assert.deepEqual(asked, [...asked.keys()])
  await runner.stop()
})

test('a slow group leaves the slots to others, and groups take turns', async () => {
  const started: string[] = []
  const ends: (() => void)[] = []
  const { runner } = running({
    concurrency: 4,
    groupConcurrency: 2,
    group: (request) => String(request).slice(0, 1),
    run: (request) => {
      started.push(String(request))
      return new Promise((resolve) => ends.push(() => resolve(done)))
    },
  })
  for (const [index, request] of ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'b2', 'b3', 'c1'].entries())
    runner.start(row(index), () => request)
  assert.deepEqual(started, ['a1', 'a2', 'b1', 'b2'])
  for (let next = 0; next < 9; next += 1) {
    await until(() => ends.length > next)
    ends[next]?.()
  }
  await until(() => runner.counts().get('call') === 0)
  assert.deepEqual(started.slice(4).toSorted(), ['a3', 'a4', 'a5', 'b3', 'c1'])
  assert.ok(started.indexOf('c1') < started.indexOf('a5'), 'the late group came before the end of the long one')
  await runner.stop()
})

test('requests in no group, and those whose grouping throws, have the whole kind', async () => {
  const started: Json[] = []
  const {
    runner,
    results,
    until: reported,
  } = running({
    groupConcurrency: 1,
    group: (request) => {
      if (request === 'broken') throw new Error('no group')
      return null
    },
    run: async (request) => {
      started.push(request)
      return await Promise.resolve(done)
    },
  })
  for (const [index, request] of ['x', 'broken', 'y', 'z'].entries()) runner.start(row(index), () => request)
  assert.equal(started.length, 4)
  await reported(4)
  assert.equal(results.length, 4)
  await runner.stop()
})

test('stopping lets what is under way report, and starts nothing more', async () => {
  let end = (): void => {}
  const { runner, results } = running({
    concurrency: 1,
    run: () =>
      new Promise((resolve) => {
        end = () => resolve(done)
      }),
  })
  runner.start(row(1), () => 'under way')
  runner.start(row(2), () => 'waiting')
  runner.start({ ...row(3), kind: 'nobody' }, () => null)
  assert.deepEqual(
    results.map(({ effect }) => effect.sequence),
    [3],
  )
  const stopped = runner.stop()
  runner.start(row(4), () => 'too late')
  runner.start({ ...row(5), kind: 'nobody' }, () => null)
  end()
  await stopped
  assert.deepEqual(
    results.map(({ effect }) => effect.sequence),
    [3, 1],
  )
})

test('what outlives the grace is cut and reports nothing, obedient or not, and the stop ends', async () => {
  const { runner, results } = running(
    {
      run: (request, { signal }) =>
        request === 'obeys' ? new Promise((resolve) => signal.addEventListener('abort', () => resolve(done))) : never(),
    },
    20,
  )
  runner.start(row(1), () => 'obeys')
  runner.start(row(2), () => 'ignores')
  runner.start(row(3), () => never())
  runner.start(row(4), () => Promise.reject(new Error('the database is away')))
  await Promise.all([runner.stop(), runner.stop()])
  assert.deepEqual(results, [])
})

test('kinds that must not be tried again blindly are refused until they can be looked up or set aside', () => {
  for (const delivery of ['unsafe', 'reconcilable'] as const) {
    assert.throws(() => createRunner({ kinds: [kind({ delivery })], report: () => {} }), {
      message: new RegExp(`effects of kind call are ${delivery}`),
    })
  }
})

test('what cannot be read any more is not run, and takes no place', async () => {
  const requests: Json[] = []
  const run = (request: Json) => Promise.resolve((requests.push(request), done))
  const runner = createRunner({ kinds: [kind({ run })], report: () => undefined })
  runner.start(row(1), () => Promise.resolve(withheld))
  runner.start(row(2), () => 'asked')
  while (runner.counts().get('call') !== 0) await new Promise(setImmediate)
  assert.deepEqual(requests, ['asked'])
  await runner.stop()
})
