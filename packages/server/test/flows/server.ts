import { randomUUID } from 'node:crypto'
import { features, type Caller } from '@hearth/features'
import { createKernel, digest, systemClock, type EffectKind, type Kernel } from '@hearth/kernel'
import type { Principal } from '@hearth/protocol'
import type { Answering, Opened, OutgoingRequest } from '@hearth/models'
import { createCall, type CallAnswer } from '../../src/call.ts'
import { createOwnCommands } from '../../src/notes.ts'
import { createPostgresLog } from '../../src/store/log.ts'
import { applyTombstones, type Tombstones } from '../../src/store/tombstones.ts'
import { command } from '../log/store.ts'
import type { Course } from './course.ts'
import type { Step, Told } from './flow.ts'
import type { FlowClock } from './flow-clock.ts'
import { actors, errors, operations, type Stage } from './stage.ts'
import { Mortal } from './stopping.ts'

/** What a process is given: all that outlives it. */
export interface Ground {
  readonly stage: Stage
  readonly tenant: string
  readonly course: Course
  readonly clock: FlowClock
  /** Answers of other homes are heard from then on. */
  readonly asksAnswerFrom: number
  readonly diskIsFullUntil: number
  readonly lanes: number
}

export interface Server {
  readonly mortal: Mortal
  /** Kinds of effects whose answer is on its way for longer than usual. */
  readonly held: ReadonlySet<string>
  call(
    step: Extract<Step, { type: 'call' | 'command' | 'mend' }>,
    told: Told,
  ): Promise<{ status: number; body: string }>
  close(): Promise<void>
}

/** A process of Hearth on the ground given, wired as `compose` wires it, but mortal. Started, or dead before it was. */
/** No flow asks a model. */
const nothingOpened = { abort: () => undefined, pause: () => undefined, resume: () => undefined }

/** Every provider of models has the same one, whatever it is asked. */
function listing(_request: OutgoingRequest, answering: Answering): Opened {
  queueMicrotask(() => {
    answering.head(200, { 'content-type': 'application/json' })
    answering.data(Buffer.from('{"object":"list","data":[{"id":"m","object":"model","max_model_len":2000}]}'))
    answering.ended()
  })
  return nothingOpened
}

export async function startServer(ground: Ground): Promise<Server> {
  const { stage, tenant, course, clock, asksAnswerFrom, lanes } = ground
  const mortal = new Mortal(course)
  const { master, reader, vault, egress } = stage
  const tombstones: Tombstones = {
    all: () => stage.tombstones.all(),
    keep: async (tombstone) => {
      if (clock.now() < ground.diskIsFullUntil) throw new Error('the disk is full')
      await stage.tombstones.keep(tombstone)
    },
  }
  const log = mortal.log(
    createPostgresLog(
      () => stage.store.database.connection('commit'),
      () => [tenant],
    ),
  )
  const references: Kernel['references'] | { get: Kernel['references']['get'] } = {
    get: (...name) => kernel.references.get(...name),
  }
  // What processes note by themselves goes with them when they stop: flows have steps that command it.
  const note = (): void => undefined
  const { decide } = createOwnCommands((envelope) => kernel.submit(envelope))
  const turn = () => ({ text: () => undefined, part: () => undefined, [Symbol.dispose]: () => undefined })
  const network = { open: listing }
  const tools = {
    egress,
    network,
    vault,
    references,
    tombstones,
    note,
    decide,
    beforeEnd: () => undefined,
    expose: () => undefined,
    news: { tell: () => undefined, hear: () => undefined },
    turn,
    traceparent: () => undefined,
    allow: () => ({ granted: 1, waitMs: 0 }),
  }
  const effects = features.flatMap((feature) => feature.effects?.(tools) ?? [])
  const known = (await tombstones.all()).filter((tombstone) => tombstone.tenant === tenant)
  await applyTombstones({ tombstones: known, log, actors, master, reader })
  const held = new Set<string>()
  const longer = async ({ kind }: EffectKind): Promise<void> => {
    if (kind !== 'ask' || clock.now() >= asksAnswerFrom) return
    held.add(kind)
    await new Promise<void>((resolve) => void clock.after(asksAnswerFrom - clock.now(), resolve))
    held.delete(kind)
  }
  const kernel: Kernel = createKernel({
    log,
    actors,
    effects,
    master,
    owner: randomUUID(),
    lanes,
    clock,
    runner: mortal.runner(longer),
    onFenced: () => {
      if (!mortal.dead) course.faults.push('a living process was fenced')
    },
  })
  const started = kernel.start()
  await Promise.race([started, mortal.ended])
  const close = async (): Promise<void> => {
    // One that stopped while it started may have a claim on its way, which must not come after that of the next.
    await Promise.allSettled([started])
    await kernel.stop()
  }
  const caller = (principal: Principal): Caller => ({
    principal,
    now: clock.now(),
    zone: 'UTC',
    vault,
    assertReachable: (url) => stage.targets.assertReachable(url, true),
    permissions: new Set([...operations.values()].map(({ permission }) => permission)),
    reference: (name) => kernel.references.get(tenant, name),
    operation: (name) => operations.get(name),
    actor: (kind) => actors.find((actor) => actor.kind === kind),
    attach: (attachment) => kernel.attach(attachment),
    verifyView: () => undefined,
    rebuildView: () => undefined,
    verifyLog: () => Promise.reject(new Error('not in a flow')),
    archiveLog: () => Promise.reject(new Error('not in a flow')),
    checkArchive: () => Promise.reject(new Error('not in a flow')),
    makeBackup: () => Promise.reject(new Error('not in a flow')),
    listBackups: () => Promise.reject(new Error('not in a flow')),
    read: reader,
  })
  const call = createCall({
    operations,
    errors,
    kernel,
    caller,
    wait: () => Promise.resolve(),
    digest: (text) => digest(master, text),
    onFailure: (error) => {
      if (!mortal.dead) course.faults.push(String(error))
    },
  })
  const answer = (
    step: Extract<Step, { type: 'call' | 'command' }>,
    told: Told,
  ): Promise<CallAnswer> | ReturnType<Kernel['submit']> => {
    const key = `${tenant} ${step.name}`
    if (step.type === 'command') {
      const id = typeof step.id === 'string' ? step.id : step.id(told)
      const address = { tenant, home: step.home, kind: step.kind, id }
      const scope = digest(master, key)
      return kernel.submit(command(address, step.command, { key: { scope, hash: scope } }))
    }
    course.operations.add(step.operation)
    const principal = { tenant, kind: 'owner', id: 'owner', home: step.home, scopes: ['*', 'network.private'] } as const
    return call({ operation: step.operation, input: step.input(told), principal, key, requestId: key })
  }
  const mend = async ({ name, broken }: Extract<Step, { type: 'mend' }>, told: Told) => {
    const failed = await answer(broken, told)
    if (failed.status !== 500) throw new Error(`${broken.name} was decided: ${failed.body}`)
    const answers: CallAnswer[] = []
    for (const { id } of await reader.effects({ tenant, state: 'dead', limit: 500 })) {
      const step = { type: 'call', name: `${name} ${id}`, operation: 'effects.replay', home: broken.home } as const
      answers.push((await answer({ ...step, input: () => ({ id, as: 'failed' }) }, told)) as CallAnswer)
    }
    const refused = answers.find(({ status }) => status !== 200)
    return refused ?? { status: 200, body: '{"mended":true}' }
  }
  return {
    mortal,
    held,
    call: async (step, told) => await (step.type === 'mend' ? mend(step, told) : answer(step, told)),
    close,
  }
}

export const realPause = (ms: number): Promise<void> => new Promise((resolve) => void systemClock.after(ms, resolve))
