import {
  type AppendOutcome,
  type Batch,
  createKernel,
  createRunner,
  type Kernel,
  type MasterKey,
  type MemoryStore,
  type RunnerOptions,
} from '@hearth/kernel'
import { chance } from '../soak/random.ts'
import { actors, callKinds } from './desk.ts'
import { createFaultyLog, type LogWeather } from './faulty-log.ts'
import type { MachineClock } from './machine-clock.ts'
import type { Model, NodeSeen } from './model/model.ts'
import type { Plan } from './plan.ts'
import type { Timeline } from './timeline.ts'
import { callKind } from './world-effects.ts'

/** One process with a kernel in it, on a machine that may stop at any moment. */
export interface Node extends NodeSeen {
  readonly kernel: Kernel
  isAlive(): boolean
  /** Nothing of it happens any more, but for what was on its way to the store. */
  crash(): void
}

export interface NodeOptions {
  readonly name: string
  readonly plan: Plan
  readonly timeline: Timeline
  readonly store: MemoryStore
  readonly clock: MachineClock
  readonly model: Model
  readonly master: MasterKey
  readonly weather: () => LogWeather
  readonly isCalm: () => boolean
  readonly taken: Map<string, string>
  readonly fault: (what: string) => void
  readonly boundary: (node: string, what: string) => void
  readonly fenced: (node: string) => void
  readonly trace: (what: string) => void
}

export function createNode(options: NodeOptions): Node {
  const { name, plan, timeline, store, model } = options
  let alive = true
  const isAlive = (): boolean => alive
  const clock = options.clock.for(chance(plan.seed, `${name} clock`), isAlive)
  const seen: NodeSeen = { name, owner: name, latest: clock.latest }
  const appended = (batch: Batch, outcome: AppendOutcome, decided: number): void => {
    options.trace(`${name} ${describe(batch)}: ${outcome.type}`)
    if (outcome.type === 'committed') model.committed(seen, batch, decided)
  }
  const log = createFaultyLog({
    store,
    timeline,
    chance: chance(plan.seed, `${name} log`),
    weather: options.weather,
    isAlive,
    clock: () => options.clock.now(),
    boundary: (what) => options.boundary(name, what),
    appended,
  })
  const world = {
    seed: plan.seed,
    timeline,
    model,
    isCalm: options.isCalm,
    trace: options.trace,
    taken: options.taken,
    fault: options.fault,
  }
  const kernel = createKernel({
    log,
    clock,
    actors,
    effects: callKinds.map((kind) => callKind(kind, world, seen, isAlive)),
    master: options.master,
    owner: name,
    lanes: plan.lanes,
    settings: plan.settings,
    runner: (inner) => createRunner(tellingAgain(inner, options, isAlive)),
    onFenced: () => options.fenced(name),
  })
  return {
    ...seen,
    kernel,
    isAlive,
    crash: () => {
      alive = false
      log.abandon()
    },
  }
}

/** A runner whose results arrive out of order, and some of them twice. */
function tellingAgain(
  runner: RunnerOptions,
  { plan, timeline, name }: NodeOptions,
  isAlive: () => boolean,
): RunnerOptions {
  const { twice, lateMs } = plan.told
  const draw = chance(plan.seed, `${name} told`)
  return {
    ...runner,
    report: (result) => {
      const tell = (): void => {
        if (isAlive()) runner.report(result)
      }
      if (lateMs > 0) timeline.in(draw.between(0, lateMs), tell)
      else tell()
      if (draw.happens(twice)) timeline.in(draw.happens(0.5) ? 0 : draw.between(0, 600), tell)
    },
  }
}

function describe(batch: Batch): string {
  const rows = batch.rows.map(({ slot, sequence, version, types }) => `${slot}.${sequence} v${version} ${types}`)
  const counts = [batch.asked, batch.settled, batch.changed, batch.keys, batch.dead].map((items) => items.length)
  const changed = batch.changed.map(
    ({ slot, sequence, ordinal, state, attempt }) => `${slot}.${sequence}.${ordinal} ${state} #${attempt}`,
  )
  return `appends [${rows.join('; ')}] ${counts.join('/')} ${changed.join(' ')}`
}
