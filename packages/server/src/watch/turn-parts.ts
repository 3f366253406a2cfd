import type { Telling } from '@hearth/features'
import { systemClock, type Attempt, type Clock } from '@hearth/kernel'
import { formatAddress, type Address, type LivePart, type StepPart } from '@hearth/protocol'
import { Step } from './step.ts'

/** What was told of a step of a turn, and where: also how it goes from one worker to another. */
export interface Told {
  /** The actor whose turn it is, as `formatAddress` has it. */
  readonly topic: string
  readonly part: StepPart
}

/** Somebody who hears what is told of one actor's turns. */
export interface Hearer {
  /** False: its way is full, and nothing more comes before `drained`. */
  hear(part: StepPart): boolean
}

export interface Hearing {
  /** Its way has room again: what it missed follows. */
  drained(): void
  stop(): void
}

export interface TurnPartsOptions {
  readonly clock?: Clock
  /** Texts of one step are put together for so long. */
  readonly spacingMs?: number
  /** What was told by a process that is gone is forgotten when nothing follows for so long. */
  readonly silenceMs?: number
  /** What is told here, for others who may have hearers of it. */
  readonly relay?: (told: Told) => void
  /** What is under way of a topic where it is told, asked when somebody begins to hear, or something is missing. */
  readonly ask?: (topic: string) => Promise<readonly StepPart[]>
}

export interface TurnParts extends Disposable {
  turn(attempt: Attempt, turn: string): Telling
  hear(topic: string, hearer: Hearer): Hearing
  /** What another process told. */
  take(told: Told): void
  /** All that is under way here of a topic, as resets. */
  underWay(topic: string): readonly StepPart[]
  /** Somebody of this home is forgotten: of what is under way there nothing more is told. */
  forget(tenant: string, home: string): void
}

interface Topic {
  readonly steps: Map<string, Step>
  readonly hearers: Set<Heard>
}

interface Heard {
  readonly hearer: Hearer
  /** Steps of which something was not sent. */
  readonly missed: Map<string, StepPart | null>
  isFull: boolean
}

interface Attempting {
  readonly topic: string
  end(): void
  /** Nothing that it says is told from now on. */
  silence(): void
}

export const topicOf = (address: Address): string => formatAddress(address)

/** What attempts tell while they run, kept as long as they do, for whoever comes in the middle. */
export function createTurnParts(options: TurnPartsOptions = {}): TurnParts {
  const { clock = systemClock, spacingMs = 30, silenceMs = 600_000, relay, ask } = options
  const topics = new Map<string, Topic>()
  /** By step, the attempt that tells of it here. */
  const telling = new Map<string, Attempting>()
  const asking = new Set<string>()
  let stopped = false

  const topicAt = (name: string): Topic => {
    const known = topics.get(name)
    if (known !== undefined) return known
    const topic: Topic = { steps: new Map(), hearers: new Set() }
    topics.set(name, topic)
    return topic
  }
  const tidy = (name: string): void => {
    const topic = topics.get(name)
    if (topic !== undefined && topic.steps.size === 0 && topic.hearers.size === 0) topics.delete(name)
  }
  const give = (heard: Heard, part: StepPart): void => {
    if (heard.isFull) heard.missed.set(part.step, part.type === 'text-end' ? part : null)
    else if (!heard.hearer.hear(part)) heard.isFull = true
  }
  const tell = (name: string, part: StepPart): void => {
    for (const heard of topics.get(name)?.hearers ?? []) give(heard, part)
  }
  const drop = (name: string, id: string): void => {
    const topic = topics.get(name)
    topic?.steps.get(id)?.stop()
    topic?.steps.delete(id)
    tidy(name)
  }
  const resetsOf = (name: string): readonly StepPart[] =>
    [...(topics.get(name)?.steps.values() ?? [])].flatMap((step) => step.whole() ?? [])

  /** What is missing here is asked for where it is told; what comes meanwhile counts only where it is newer. */
  const catchUp = async (name: string): Promise<void> => {
    if (asking.has(name)) return
    asking.add(name)
    // Where nobody answers now, what follows shows again that something is missing.
    const parts = (await ask?.(name).catch(() => [])) ?? []
    asking.delete(name)
    for (const part of parts) {
      const step = topics.get(name)?.steps.get(part.step)
      if (step === undefined || step.isBehind(part)) take({ topic: name, part })
    }
  }

  const take = ({ topic: name, part }: Told): void => {
    if (stopped) return
    const isEnd = part.type === 'text-end'
    const known = topics.get(name)?.steps.get(part.step)
    // Of what nobody hears here nothing is kept of what others tell.
    if (known === undefined && (topics.get(name)?.hearers.size ?? 0) === 0) return
    if (isEnd) {
      tell(name, part)
      return drop(name, part.step)
    }
    // What came before its first part here is missing, and asked for.
    const step = known ?? new Step({ ...part, offset: 0 }, clock)
    if (known === undefined) topicAt(name).steps.set(part.step, step)
    step.expire(silenceMs, () => drop(name, part.step))
    const outcome = step.take(part)
    if (outcome === 'taken') tell(name, part)
    else if (outcome === 'restarted') for (const whole of step.whole()) tell(name, whole)
    else if (outcome === 'missing') void catchUp(name)
  }

  const told = (name: string, part: StepPart): void => {
    tell(name, part)
    relay?.({ topic: name, part })
  }

  return {
    turn: (attempt, turn) => {
      const name = topicOf(attempt.address)
      /** Also to a caller who waits for an attached effect. */
      const say = (part: StepPart): void => {
        told(name, part)
        attempt.part?.(part)
      }
      const about = { turn, step: attempt.id, attempt: attempt.attempt }
      let step: Step | null = null
      let isOver = false
      let isSilent = false
      const end = (): void => {
        if (isOver) return
        isOver = true
        if (telling.get(attempt.id) === mine) telling.delete(attempt.id)
        const current = step
        if (current === null || topics.get(name)?.steps.get(attempt.id) !== current) return
        for (const part of current.flush()) say(part)
        say({ ...about, type: 'text-end', offset: current.length, text: '' })
        drop(name, attempt.id)
      }
      // What an attempt says that was given up does not reach the next one's text.
      telling.get(attempt.id)?.end()
      const silence = (): void => {
        isSilent = true
        for (const part of step?.silence() ?? []) say(part)
      }
      const mine: Attempting = { topic: name, end, silence }
      telling.set(attempt.id, mine)
      const begun = (): Step | null => {
        if (isOver || isSilent || stopped) return null
        if (step !== null) return step
        step = new Step({ ...about, offset: 0 }, clock, { spacingMs, flushed: (part) => say(part) })
        const { steps } = topicAt(name)
        // One that another process began before the home came here.
        const former = steps.get(attempt.id)
        former?.stop()
        steps.set(attempt.id, step)
        attempt.signal.addEventListener('abort', end, { once: true })
        if (attempt.attempt > 1 || former !== undefined) say({ ...about, type: 'text-reset', offset: 0, text: '' })
        return step
      }
      return {
        text: (delta) => {
          if (delta !== '') begun()?.write(delta)
        },
        part: (part: LivePart) => {
          const current = begun()
          if (current === null) return
          for (const text of current.flush()) say(text)
          say({ ...part, ...about, offset: current.length })
        },
        [Symbol.dispose]: end,
      }
    },
    hear: (name, hearer) => {
      const heard: Heard = { hearer, missed: new Map(), isFull: false }
      const topic = topicAt(name)
      const isFirst = topic.hearers.size === 0
      topic.hearers.add(heard)
      for (const part of resetsOf(name)) give(heard, part)
      if (isFirst && ask !== undefined) void catchUp(name)
      return {
        drained: () => {
          heard.isFull = false
          const missed = [...heard.missed]
          heard.missed.clear()
          for (const [id, end] of missed) {
            const now = topics.get(name)?.steps.get(id)?.whole() ?? (end === null ? [] : [end])
            for (const part of now) give(heard, part)
          }
        },
        stop: () => {
          topic.hearers.delete(heard)
          tidy(name)
        },
      }
    },
    take,
    underWay: resetsOf,
    forget: (tenant, home) => {
      const prefix = formatAddress({ tenant, home, kind: '', id: '' }).slice(0, -1)
      for (const { topic, silence } of telling.values()) if (topic.startsWith(prefix)) silence()
    },
    [Symbol.dispose]: () => {
      stopped = true
      for (const { steps } of topics.values()) for (const step of steps.values()) step.stop()
      topics.clear()
    },
  }
}
