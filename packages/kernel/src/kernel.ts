import type { Actor } from './actor.ts'
import { askKind } from './effects/ask.ts'
import { createRunner, type Attachment, type Runner } from './effects/runner.ts'
import type { AttemptResult, EffectKind } from './effects/kind.ts'
import type { CommandEnvelope, KeepEnvelope, Replied } from './envelope.ts'
import { Lane } from './lane.ts'
import type { LaneSettings, LaneStatus } from './lane-options.ts'
import { metNeeds } from './waiting.ts'
import { silentMeter, type Meter } from './meter.ts'
import { systemClock, type Clock } from './ports/clock.ts'
import type { Batch, Log } from './ports/log.ts'
import { References } from './references.ts'
import type { MasterKey } from './seal.ts'
import { slotCount, slotOf } from './slot.ts'

export const laneDefaults: LaneSettings = {
  maxBatch: 256,
  inbox: { count: 10_000, bytes: 32 * 1024 * 1024, crowd: { count: 256, waitedMs: 100, lastedMs: 500, calmMs: 1000 } },
  hotBytes: 44 * 1024 * 1024,
  homeKeys: 50_000,
  snapshotAfter: 100,
  heldEffects: 5_000,
  patienceMs: 5_000,
}

export interface KernelOptions {
  readonly log: Log
  readonly actors: readonly Actor[]
  readonly effects: readonly EffectKind[]
  readonly master: MasterKey
  /** Names this process as owner of its slots. */
  readonly owner: string
  readonly lanes: number
  /** Those that this kernel serves; all when absent. */
  readonly slots?: readonly number[]
  /** How actors ask those of other homes, where this kernel does not serve all of them. */
  readonly ask?: (envelope: CommandEnvelope) => Promise<Replied>
  /** Shared by the kernels of a process. */
  readonly references?: References
  /** Published documents have changed: whoever waits for the answer gets it when this has resolved. Must not reject. */
  readonly onPublished?: () => Promise<void>
  readonly settings?: Partial<LaneSettings>
  readonly clock?: Clock
  readonly meter?: Meter
  readonly onFenced: () => void
  /** Told of each commit before its callers get their answers. Must not throw. */
  readonly onCommit?: (batch: Batch) => void
  /** How effects are run: replaced where results are to arrive twice or late. */
  readonly runner?: typeof createRunner
}

export interface Kernel {
  start(): Promise<void>
  submit(envelope: CommandEnvelope | KeepEnvelope): Promise<Replied>
  /** The last sequence of a slot that this process knows to be committed; undefined for one that it does not own. */
  reached(slot: number): number | undefined
  /** Does something for a caller who waits: nothing of it is owed, and it is not done again. */
  attach(attachment: Attachment): Promise<AttemptResult>
  readonly references: References
  lanes(): readonly LaneStatus[]
  /** How many more of a tenant are to wait here, wherever they go: any number before it floods all lanes, none at zero and below. */
  room(tenant: string): number
  /** Such a command was refused by whoever asked. */
  turnedAway(): void
  /** Makes owed again what waits for any of these, which are there now, and says how much that was. */
  wake(met: readonly string[]): Promise<number>
  /** Attempts running or queued, by kind of effect. */
  running(): ReadonlyMap<string, number>
  /** `hurryMs`: effects under way that may be run again are cut after it. */
  stop(hurryMs?: number): Promise<void>
}

export function createKernel(options: KernelOptions): Kernel {
  const {
    log,
    master,
    owner,
    onFenced,
    clock = systemClock,
    meter = silentMeter,
    lanes: count,
    runner: run = createRunner,
    slots: served = Array.from({ length: slotCount }, (_, slot) => slot),
    references = new References(),
    onPublished,
    onCommit = () => undefined,
  } = options
  const actors = new Map(options.actors.map((actor) => [actor.kind, actor]))
  const kinds = new Map(options.effects.map((kind) => [kind.kind, kind]))
  const met = metNeeds(
    options.actors,
    options.effects.map(({ kind }) => kind),
  )
  const settings = { ...laneDefaults, ...options.settings }
  const writers = Array.from({ length: count }, () => log.writer(owner))
  const places = new Map(served.map((slot, place) => [slot, place % count]))
  const laneOf = (slot: number): Lane => {
    const lane = lanes[places.get(slot) ?? -1]
    if (lane === undefined) throw new Error(`slot ${slot} is not served here`)
    return lane
  }
  const submit: Kernel['submit'] = (envelope) => {
    const { tenant, home } = envelope.type === 'keep' ? envelope : envelope.address
    return laneOf(slotOf(tenant, home)).submit(envelope)
  }
  const runner: Runner = run({
    clock,
    kinds: [...options.effects, askKind({ submit: options.ask ?? submit, master })],
    report: (result) => laneOf(result.effect.slot).report(result),
  })
  const lanes: readonly Lane[] = writers.map((writer, index) => {
    const slots = served.filter((_, place) => place % count === index)
    return new Lane({
      number: index,
      owner,
      slots,
      writer,
      troubleOf: (error) => log.trouble?.(error),
      actors,
      master,
      met,
      runner,
      kinds,
      references,
      clock,
      meter,
      settings,
      onFenced,
      ...(onPublished === undefined ? {} : { onPublished }),
      onCommit,
    })
  })
  return {
    references,
    start: async () => {
      await references.load(() => log.references())
      await Promise.all(lanes.map((lane) => lane.start()))
    },
    submit,
    attach: (attachment) => runner.attach(attachment),
    reached: (slot) => lanes[places.get(slot) ?? -1]?.reached(slot),
    lanes: () => lanes.map((lane) => lane.status()),
    room: (tenant) => lanes.reduce((sum, lane) => sum + lane.room(tenant), 0),
    turnedAway: () => lanes[0]?.turnedAway(),
    wake: async (what) => {
      const woken = await Promise.all(lanes.map((lane) => lane.wake(what)))
      return woken.reduce((sum, count) => sum + count, 0)
    },
    running: () => runner.counts(),
    stop: async (hurryMs) => {
      for (const lane of lanes) lane.rest()
      await runner.stop(hurryMs)
      await Promise.all(lanes.map((lane) => lane.stop()))
      await Promise.all(writers.map((writer) => writer[Symbol.asyncDispose]()))
    },
  }
}
