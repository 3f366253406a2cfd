import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '@hearth/protocol'
import type { AttemptResult, EffectKind, Finding } from '../src/effects/kind.ts'
import { withheld } from '../src/effects/reading.ts'
import { createRunner } from '../src/effects/runner.ts'
import type { ResultEnvelope } from '../src/envelope.ts'
import { systemClock } from '../src/ports/clock.ts'
import { done, kind, never, row, running, until } from './running.ts'

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

const outcomeOf = async (
  over: Partial<EffectKind>,
  attempt = 1,
  found?: 'found',
): Promise<ResultEnvelope['result']> => {
  const { runner, results, until: reported } = running(over)
  runner.start({ ...row(1), attempt }, () => 'asked', found)
  await reported(1)
  await runner.stop()
  return (results[0] as ResultEnvelope).result
}
const throws = () => Promise.reject(new Error('the line went dead'))
const later = (reason: string) => Promise.resolve<AttemptResult>({ type: 'retryable', reason })

test('an attempt of unknown end is repeated, looked for or left to a person, as its kind says [A13]', async () => {
  assert.deepEqual(await outcomeOf({ run: throws }), {
    type: 'retry',
    afterMs: 1000,
    reason: 'the line went dead',
    recorded: true,
  })
  const look = () => Promise.reject(new Error('not asked'))
  assert.deepEqual(await outcomeOf({ delivery: 'reconcilable', look, run: throws }), {
    type: 'look-later',
    afterMs: 2000,
    reason: 'the line went dead',
  })
  const parked = { type: 'stuck', reason: 'whether attempt 3 reached the other side is not known: the line went dead' }
  assert.deepEqual(await outcomeOf({ delivery: 'unsafe', run: throws }, 3), parked)
  const unsure = () => {
    throw new Error('no policy')
  }
  assert.deepEqual(await outcomeOf({ delivery: 'unsafe', run: throws, unsure }, 3), parked)
  const repeats = { delivery: 'unsafe', run: throws, unsure: () => 'repeat' as const } as const
  assert.deepEqual(await outcomeOf(repeats), {
    type: 'retry',
    afterMs: 1000,
    reason: 'the line went dead',
    recorded: false,
  })
  assert.deepEqual(await outcomeOf({ ...repeats, backoffMs: () => null }), {
    type: 'dead',
    reason: 'the line went dead',
  })
  // What surely did nothing may be made again, whatever its kind.
  assert.equal((await outcomeOf({ delivery: 'unsafe', run: () => later('busy') })).type, 'retry')
})

test('after too many attempts of unknown end it is a dead letter; a known failure goes by its schedule', async () => {
  assert.equal((await outcomeOf({ run: throws }, 9)).type, 'retry')
  assert.deepEqual(await outcomeOf({ run: throws }, 10), { type: 'dead', reason: 'the line went dead' })
  assert.equal((await outcomeOf({ run: throws, mostUnknown: 3 }, 3)).type, 'dead')
  assert.equal((await outcomeOf({ run: () => later('busy') }, 500)).type, 'retry')
  const over = { run: () => later('busy'), backoffMs: () => null }
  assert.deepEqual(await outcomeOf(over), { type: 'settle', outcome: { type: 'failed', reason: 'busy' } })
})

test('an attempt that another process recorded is run, looked for or left to a person, as its kind says', async () => {
  assert.equal((await outcomeOf({}, 2, 'found')).type, 'settle')
  assert.equal((await outcomeOf({ delivery: 'unsafe' }, 2, 'found')).type, 'stuck')
  assert.deepEqual(await outcomeOf({ leased: true }, 2, 'found'), {
    type: 'retry',
    afterMs: 1000,
    reason: 'it was under way when its server ended',
    recorded: false,
  })
})

test('what may still be on its way is waited for, then looked for until it is known [A13]', async () => {
  const findings = [
    { type: 'unknown', reason: 'away' },
    { type: 'unknown', reason: 'still away' },
    { type: 'made', value: 7 },
    { type: 'not-made' },
  ] as const
  const asked: string[] = []
  const runs: string[] = []
  let passed = 0
  const {
    runner,
    results,
    until: reported,
  } = running(
    {
      delivery: 'reconcilable',
      look: (_request, { id, attempt }) => Promise.resolve(findings[asked.push(`${id}#${attempt}`) - 1] as Finding),
      run: (_request, { id }) => Promise.resolve((runs.push(id), done)),
    },
    5000,
    { ...systemClock, elapsed: () => passed },
  )
  const found = async (sequence: number, count: number) => {
    runner.start({ ...row(sequence), attempt: 3 }, () => 'asked', 'found')
    await reported(count)
    return results.at(-1)?.result
  }
  assert.equal((await found(1, 1))?.type, 'look-later')
  assert.deepEqual(asked, [])
  // A clock that was set forward makes it due at once: it is waited for all the same.
  passed = 500
  const early = await found(1, 2)
  assert.deepEqual(early, { type: 'look-later', afterMs: 1500, reason: 'it may still be on its way' })
  assert.deepEqual(asked, [])
  passed += 1500
  assert.deepEqual(await found(1, 3), { type: 'look-later', afterMs: 2000, reason: 'away' })
  passed += 2000
  assert.deepEqual(await found(1, 4), { type: 'look-later', afterMs: 4000, reason: 'still away' })
  passed += 4000
  assert.deepEqual(await found(1, 5), { type: 'settle', outcome: { type: 'done', value: 7 } })
  await found(2, 6)
  passed += 2000
  assert.deepEqual(await found(2, 7), {
    type: 'retry',
    afterMs: 0,
    reason: 'it had not reached the other side',
    recorded: false,
  })
  assert.deepEqual(asked, ['1.1.0#3', '1.1.0#3', '1.1.0#3', '1.2.0#3'])
  assert.deepEqual(runs, [])
  await runner.stop()
  assert.throws(() => createRunner({ kinds: [kind({ delivery: 'reconcilable' })], report: () => {} }), {
    message: 'effects of kind call are reconcilable and cannot be looked for',
  })
})

test('an attempt under a lease that is over is cut, and one that our own stop cuts gives its lease back', async () => {
  const seen: boolean[] = []
  const over: Partial<EffectKind> = {
    leased: true,
    run: (_request, { signal }) => new Promise(() => signal.addEventListener('abort', () => seen.push(signal.aborted))),
  }
  const { runner, results, until: reported } = running(over, 20)
  runner.start(row(1), () => 'asked')
  runner.start(row(2), () => 'asked')
  runner.cut(row(1), 'its lease is over')
  runner.cut(row(9), 'not there')
  await reported(1)
  await runner.stop()
  const retry = { type: 'retry', recorded: false } as const
  assert.deepEqual(
    results.map(({ effect, result }) => [effect.sequence, result]),
    [
      [1, { ...retry, afterMs: 1000, reason: 'its lease is over' }],
      [2, { ...retry, afterMs: 0, reason: 'the server is stopping' }],
    ],
  )
  assert.deepEqual(seen, [true, true])
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
