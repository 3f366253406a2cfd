import type { AppendOutcome, Batch, Log, LogWriter, MemoryStore } from '@hearth/kernel'
import type { Chance } from '../soak/random.ts'
import type { Timeline } from './timeline.ts'

/** How often a call goes wrong, each way, out of one. */
export interface LogWeather {
  /** Its connection dies before the call arrives. */
  readonly lost: number
  /** It is carried out, and its connection dies before the answer. */
  readonly unanswered: number
  /** Its connection dies, and it is carried out a while later all the same. */
  readonly late: number
  /** Its answer never comes until the connection is let go of. */
  readonly hangs: number
  /** The database says that it can not just now. */
  readonly refused: number
  readonly slowMs: number
}

export const fairWeather: LogWeather = { lost: 0, unanswered: 0, late: 0, hangs: 0, refused: 0, slowMs: 2 }

export interface FaultyLogOptions {
  readonly store: MemoryStore
  readonly timeline: Timeline
  readonly chance: Chance
  readonly weather: () => LogWeather
  readonly isAlive: () => boolean
  /** Called at each boundary where a machine may stop: before a call is carried out, and before it is answered. */
  readonly boundary: (what: string) => void
  /** What the clock shows. */
  readonly clock: () => number
  /** `decided` is what the clock showed when the batch was handed over. */
  readonly appended: (batch: Batch, outcome: AppendOutcome, decided: number) => void
}

/** What the dying process leaves behind: calls on their way may still be carried out. */
export interface FaultyLog extends Log {
  abandon(): void
}

interface Call {
  readonly name: string
  readonly carryOut: () => void
  readonly fail: () => void
  state: 'waiting' | 'done' | 'over'
}

class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

export function createFaultyLog(options: FaultyLogOptions): FaultyLog {
  const connections = new Set<() => void>()
  return {
    writer: (owner) => createFaultyWriter(options, owner, connections),
    references: () => Promise.resolve(options.store.references()),
    abandon: () => {
      for (const drop of connections) drop()
    },
  }
}

function createFaultyWriter(options: FaultyLogOptions, owner: string, connections: Set<() => void>): LogWriter {
  const { store, timeline, chance, weather, isAlive, boundary } = options
  let calls: Call[] = []
  let busyUntil = 0
  let hung = false

  // A connection that dies takes with it what waits on it. The first of those may have arrived.
  const breakDown = (): void => {
    const lost = calls
    calls = []
    busyUntil = 0
    hung = false
    for (const [index, call] of lost.entries()) {
      const arrived = index === 0 && call.state === 'waiting' && chance.happens(0.3)
      if (arrived) timeline.in(chance.between(0, 3000), call.carryOut)
      if (call.state !== 'over') call.fail()
      call.state = 'over'
    }
  }
  connections.add(breakDown)

  const ask = <T>(name: string, question: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      let answer: T | undefined
      const call: Call = {
        name,
        state: 'waiting',
        carryOut: () => {
          answer = question()
          if (call.state === 'waiting') call.state = 'done'
        },
        fail: () => {
          if (isAlive()) reject(new ConnectionLost(`${name}: the connection died`))
        },
      }
      calls.push(call)
      const { lost, unanswered, late, hangs, refused, slowMs } = weather()
      const fault = chance.pick([
        [lost, 'lost'],
        [unanswered, 'unanswered'],
        [late, 'late'],
        [hangs, 'hangs'],
        [refused, 'refused'],
        [1 - lost - unanswered - late - hangs - refused, 'none'],
      ] as const)
      const arrives = Math.max(timeline.now() + chance.between(0.1, slowMs), busyUntil)
      const answered = arrives + chance.between(0.1, slowMs)
      busyUntil = answered
      timeline.in(arrives - timeline.now(), () => {
        if (call.state !== 'waiting' || hung) return
        if (fault === 'hangs') hung = true
        boundary(`${name} arrives${fault === 'none' ? '' : `: ${fault}`}`)
        if (call.state !== 'waiting' || fault === 'hangs') return
        if (fault === 'late') {
          call.state = 'over'
          timeline.in(chance.between(0, 4000), call.carryOut)
          call.fail()
        } else if (fault === 'none' || fault === 'unanswered') call.carryOut()
        if (fault === 'lost' || fault === 'late') breakDown()
      })
      timeline.in(answered - timeline.now(), () => {
        if (call.state === 'over' || hung || !isAlive()) return
        boundary(`${name} answers`)
        if (!isAlive() || !calls.includes(call)) return
        if (fault === 'unanswered') return breakDown()
        call.state = 'over'
        calls = calls.filter((one) => one !== call)
        if (fault === 'refused') reject(new Refusing(`${name}: not just now`))
        else resolve(answer as T)
      })
    })

  return {
    claim: (slots, how) => ask(`claim ${how}`, () => store.claim(owner, slots, how)),
    load: (request) => ask('load', () => store.load(request)),
    append: (batch) => {
      const decided = options.clock()
      return ask('append', () => {
        const outcome = store.append(batch)
        options.appended(batch, outcome, decided)
        return outcome
      }).catch((error: unknown): AppendOutcome => {
        if (error instanceof Refusing) return { type: 'unavailable', reason: error.message }
        return { type: 'unknown', reason: String(error) }
      })
    },
    owed: (...question) => ask('owed', () => store.owed(...question)),
    firsts: (lines) => ask('firsts', () => store.firsts(lines)),
    wake: (...question) => ask('wake', () => store.wake(owner, ...question)),
    interrupt: breakDown,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

class Refusing extends Error {
  override readonly name = 'Refusing'
}
