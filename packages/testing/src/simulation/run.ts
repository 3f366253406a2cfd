import { createHash } from 'node:crypto'
import { createMemoryStore, masterKey } from '@hearth/kernel'
import { startClients } from './clients.ts'
import { fairWeather, type LogWeather } from './faulty-log.ts'
import { createMachineClock } from './machine-clock.ts'
import { readHistory } from './model/history.ts'
import { createModel } from './model/model.ts'
import { createReader } from './model/reading.ts'
import { createNode, type Node } from './node.ts'
import type { Plan, Trouble } from './plan.ts'
import { createTimeline } from './timeline.ts'

export interface RunResult {
  readonly seed: string
  readonly faults: readonly string[]
  /** Of everything that happened, in order: the same seed has the same, to the byte. */
  readonly hash: string
  readonly trace: readonly string[]
  readonly boundaries: number
  readonly commits: number
  readonly virtualMs: number
}

export interface RunOptions {
  readonly trace?: (line: string) => void
  /** Stops the machine at that boundary, counted from the start. */
  readonly crashAt?: number
}

const secret = Buffer.alloc(32, 7)
const master = masterKey(secret)
/** After the last trouble all must come to rest within so much time. */
const restMs = 60_000
const enough = 20
/** A run has a few thousand events. One that goes on for so long is moved on by what it does itself. */
const mostEvents = 200_000

export async function simulate(plan: Plan, options: RunOptions = {}): Promise<RunResult> {
  const timeline = createTimeline()
  const store = createMemoryStore()
  const clock = createMachineClock(timeline)
  const hash = createHash('sha256')
  const lines: string[] = []
  const faults: string[] = []
  const trace = (what: string): void => {
    const line = `${timeline.now().toFixed(3)} ${what}`
    hash.update(`${line}\n`)
    lines.push(line)
    options.trace?.(line)
  }
  const fault = (what: string): void => {
    if (faults.includes(what) || faults.length >= enough) return
    trace(`FAULT ${what}`)
    faults.push(what)
  }
  const reader = createReader(secret, () => store.homeKeys())
  const clockJumps = plan.troubles.some(({ type }) => type === 'jump')
  const model = createModel({ store, reader, clock, lanes: plan.lanes, clockJumps, now: timeline.now, fault })

  const taken = new Map<string, string>()
  let calm = false
  let storm: LogWeather | null = null
  let nodes: Node[] = []
  let started = 0
  let boundaries = 0
  let crashIn: number | null = null
  let crashDownMs = 0

  const weather = (): LogWeather => storm ?? (calm ? fairWeather : plan.weather)
  const serving = (former = false): Node | null =>
    (former ? nodes.find((node) => node.isAlive()) : nodes.findLast((node) => node.isAlive())) ?? null

  const crash = (node: Node, why: string): void => {
    trace(`${node.name} stops: ${why}`)
    node.crash()
    model.died(node.name)
    nodes = nodes.filter((one) => one !== node)
    model.audit()
  }

  const boundary = (name: string, what: string): void => {
    boundaries += 1
    trace(`${name} ${what}`)
    const node = nodes.find((one) => one.name === name)
    if (node === undefined) return
    if (boundaries === options.crashAt) {
      crash(node, `at boundary ${boundaries}`)
      timeline.in(50, start)
    } else if (crashIn !== null && (crashIn -= 1) < 0) {
      crashIn = null
      crash(node, 'at a boundary')
      timeline.in(crashDownMs, start)
    }
  }

  const start = (): void => {
    started += 1
    const name = `node-${started}`
    trace(`${name} starts`)
    const node = createNode({
      name,
      plan,
      timeline,
      store,
      clock,
      model,
      master,
      weather,
      isCalm: () => calm,
      boundary,
      taken,
      fault,
      fenced: () => {
        trace(`${name} is fenced`)
        timeline.in(0, () => {
          if (!node.isAlive()) return
          crash(node, 'fenced')
          if (!isServed()) timeline.in(200, startUnlessServed)
        })
      },
      trace,
    })
    nodes.push(node)
    node.kernel.start().catch((error: unknown) => {
      if (!node.isAlive()) return
      crash(node, `it could not start: ${String(error)}`)
      timeline.in(200, startUnlessServed)
    })
  }
  /** Whether one owns all that anybody owns: of two that took from one another at once each may have a part, and know nothing of the rest. */
  const isServed = (): boolean => {
    const node = serving()
    return node !== null && store.slots().every(({ owner }) => owner === '' || owner === node.owner)
  }
  const startUnlessServed = (): void => {
    if (!isServed()) start()
  }

  const duel = (rounds: number, everyMs: number): void => {
    if (rounds === 0) return
    start()
    timeline.in(everyMs, () => duel(rounds - 1, everyMs))
  }

  const restart = (hurryMs?: number): void => {
    const node = serving()
    if (node === null) return
    trace(`${node.name} is asked to stop`)
    let ended = false
    node.kernel.stop(hurryMs).then(
      () => {
        ended = true
        if (!node.isAlive()) return
        crash(node, 'it was asked to')
        startUnlessServed()
      },
      (error: unknown) => fault(`stopping failed: ${String(error)}`),
    )
    timeline.in(45_000, () => {
      if (ended || !node.isAlive()) return
      fault(`${node.name} was asked to stop and did not`)
      crash(node, 'by force')
      startUnlessServed()
    })
  }

  const befall = (trouble: Trouble): void => {
    trace(`trouble: ${trouble.type}`)
    const node = serving()
    switch (trouble.type) {
      case 'crash':
        if (node === null) return
        crash(node, 'suddenly')
        return void timeline.in(trouble.downMs, start)
      case 'crash-at-boundary':
        crashIn = trouble.boundaries
        crashDownMs = trouble.downMs
        return
      case 'restart':
        return restart(trouble.hurryMs)
      case 'duel':
        return duel(trouble.rounds, trouble.everyMs)
      case 'rival':
        start()
        if (node !== null)
          timeline.in(trouble.oldLivesMs, () => {
            if (node.isAlive()) crash(node, 'the old one')
            timeline.in(200, startUnlessServed)
          })
        return
      case 'jump':
        clock.jump(trouble.byMs)
        if (trouble.forMs !== null) timeline.in(trouble.forMs, () => clock.jump(-trouble.byMs))
        return
      case 'weather':
        storm = trouble.weather
        return void timeline.in(trouble.forMs, () => {
          storm = null
        })
    }
  }

  start()
  for (const trouble of plan.troubles) timeline.in(trouble.at, () => befall(trouble))
  const clients = startClients({ commands: plan.commands, timeline, clock, store, model, serving, fault, trace })
  const rests = (): boolean => clients.unanswered() === 0 && store.effects().every((row) => row.state !== 'owed')
  let events = 0
  const isEndless = (): boolean => events >= mostEvents
  const go = async (until: number, isOver: () => boolean): Promise<void> => {
    for (; timeline.step(until); events += 1) {
      await new Promise(setImmediate)
      if (faults.length >= enough || isEndless() || (events % 16 === 0 && isOver())) return
    }
  }

  await go(plan.activeMs, () => false)
  calm = true
  storm = null
  crashIn = null
  clock.mend()
  trace('calm')
  timeline.in(1000, startUnlessServed)
  // What somebody asked for at a time of their own is waited for; what the kernel itself put off is not.
  for (let until = 0; until < latestRest() && faults.length < enough && !isEndless() && !rests();) {
    until = latestRest()
    await go(until, rests)
  }
  if (!rests()) fault(stillOwed())
  model.audit()
  for (const node of nodes) node.crash()
  trace(`${store.rows().length} rows`)
  return {
    seed: plan.seed,
    faults,
    hash: hash.digest('hex'),
    trace: lines,
    boundaries,
    commits: lines.filter((line) => line.endsWith(': committed')).length,
    virtualMs: timeline.now(),
  }

  function latestRest(): number {
    const dues = [...readHistory(store, reader).asked.values()].map(({ due }) => due ?? 0).concat(model.putOff())
    return Math.max(plan.activeMs, ...dues.map((due) => due - clock.now() + timeline.now())) + restMs
  }

  function stillOwed(): string {
    const owed = store.effects().filter((row) => row.state === 'owed')
    const list = owed.map(
      ({ slot, sequence, ordinal, kind, due }) => `${kind} ${slot}.${sequence}.${ordinal} due at ${due}`,
    )
    return `it does not come to rest: ${clients.unanswered()} unanswered, owed ${list.join(', ')} at ${clock.now()}`
  }
}
