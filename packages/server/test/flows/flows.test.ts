// long: a run of everything that npm alone tests has five minutes
// shows: B10, H1
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { features } from '@hearth/features'
import { isLong } from '@hearth/testing/long'
import { boundaryName, type Boundary, type Course } from './course.ts'
import type { Flow } from './flow.ts'
import { flows } from './flows.ts'
import { play, type Played } from './play.ts'
import { actors, openStage, operations, type Stage } from './stage.ts'

const stagesAtOnce = 2

/** Each stop costs two starts on a real database: usually every ninth boundary is tried, every third in .ci/run, all in .ci/full. */
const everyNth = process.env['HEARTH_TEST_FLOWS'] === 'all' ? 1 : isLong ? 3 : 9

let stages: readonly Stage[]
before(async () => {
  stages = await Promise.all(Array.from({ length: stagesAtOnce }, openStage))
})
after(async () => {
  await Promise.all((stages ?? []).map((stage) => stage[Symbol.asyncDispose]()))
})

const uninterrupted: Course[] = []
let boundaries = 0
let stops = 0

for (const [number, flow] of flows.entries())
  test(`stopped at every boundary, it comes to the same end: ${flow.name} [B10]`, async () => {
    const [first] = stages as readonly [Stage]
    const { course, end } = await play(first, flow, null)
    uninterrupted.push(course)
    assert.deepEqual(course.faults, [])
    assert.deepEqual(end.aside, [])
    const left = course.boundaries.filter((_, index) => (index + number) % everyNth === 0)
    stops += left.length
    const playAll = async (stage: Stage): Promise<void> => {
      for (let stop = left.shift(); stop !== undefined; stop = left.shift())
        assertSame(await playUntilStopped(stage, flow, stop), end, stop)
    }
    // A stage is used by one flow at a time, also where one has failed.
    for (const played of await Promise.allSettled(stages.map(playAll)))
      if (played.status === 'rejected') throw played.reason
    boundaries += course.boundaries.length
  })

const tries = 4

/** Two answers that come close together may be committed as one, and then there is one commit less to stop at: it is played again. */
async function playUntilStopped(stage: Stage, flow: Flow, stop: Boundary): Promise<Played> {
  let played = await play(stage, flow, stop)
  for (let left = tries; left > 1 && !played.course.hasStopped; left -= 1) played = await play(stage, flow, stop)
  return played
}

function assertSame(played: Played, end: Played['end'], stop: Boundary): void {
  assert.ok(played.course.hasStopped, `never came ${boundaryName(stop)}`)
  assert.deepEqual(played.course.faults, [], boundaryName(stop))
  assert.deepEqual(played.end, end, `another end: stopped ${boundaryName(stop)}`)
}

const seen = (of: (course: Course) => Iterable<string>): ReadonlySet<string> =>
  new Set(uninterrupted.flatMap((course) => [...of(course)]))

/** They are never owed: whoever asks waits, and a stop in between is an answer that does not come. */
const attachedOnly: ReadonlySet<string> = new Set([
  'model-call',
  'provider-test',
  'policy-simulation',
  'template-render',
  'token-count',
  'texts-removal',
])

test('the flows go through every command, event and effect that the features have', async (context) => {
  const nothing = (): undefined => undefined
  const noEffects = new Proxy(
    {},
    { get: (_target, name) => (name === 'news' ? { tell: nothing, hear: nothing } : nothing) },
  )
  const kinds = features.flatMap((feature) => feature.effects?.(noEffects as never) ?? []).map(({ kind }) => kind)
  const commands = [...operations.values()].filter(({ type }) => type === 'command').map(({ name }) => name)
  const types = actors.flatMap(({ kind, events }) => Object.keys(events ?? { [`${kind} does not say its events`]: [] }))
  const [ofCommands, ofEvents, ofEffects] = [
    seen(({ operations }) => operations),
    seen(({ events }) => events),
    seen(({ effects }) => effects),
  ]
  assert.deepEqual(
    commands.filter((name) => !ofCommands.has(name)),
    [],
  )
  assert.deepEqual(
    types.filter((type) => !ofEvents.has(type)),
    [],
  )
  assert.deepEqual(
    [...kinds, 'timer', 'ask'].filter((kind) => !ofEffects.has(kind) && !attachedOnly.has(kind)),
    [],
  )
  context.diagnostic(`${flows.length} flows, stopped at ${stops} of ${boundaries} boundaries`)
})

test('after all stops the chain of every log leads from its first row to its head', async () => {
  for (const stage of stages) {
    const { rows, broken } = await stage.verify()
    assert.ok(rows > 0)
    assert.deepEqual(broken, [])
  }
})
