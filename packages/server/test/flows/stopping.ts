import {
  createRunner,
  formatEffectId,
  type AppendOutcome,
  type Batch,
  type EffectKind,
  type KernelOptions,
  type Log,
  type LogWriter,
} from '@hearth/kernel'
import type { Course } from './course.ts'

const gone = 'the process has stopped'

/** A process that may stop at a boundary: from then on nothing of it reaches the store or the world, and it hears of nothing. */
export class Mortal {
  readonly #course: Course
  readonly #ended = Promise.withResolvers<void>()
  #appending = 0
  dead = false

  constructor(course: Course) {
    this.#course = course
  }

  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /** Commits under way. */
  get appending(): number {
    return this.#appending
  }

  die(): void {
    this.dead = true
    this.#ended.resolve()
  }

  log(log: Log): Log {
    const living = <T>(ask: () => Promise<T>): Promise<T> => (this.dead ? Promise.reject(new Error(gone)) : ask())
    return {
      references: () => log.references(),
      writer: (owner) => {
        const writer = log.writer(owner)
        return {
          // A kernel whose process stopped finds its slots taken, and ends.
          claim: (slots, how) => (this.dead ? Promise.resolve([]) : writer.claim(slots, how)),
          load: (request) => living(() => writer.load(request)),
          append: (batch) => this.#append(writer, batch),
          owed: (...question) => living(() => writer.owed(...question)),
          firsts: (lines) => living(() => writer.firsts(lines)),
          wake: (...question) => living(() => writer.wake(...question)),
          interrupt: () => writer.interrupt(),
          [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
        }
      },
    }
  }

  async #append(writer: LogWriter, batch: Batch): Promise<AppendOutcome> {
    if (this.dead) return { type: 'unknown', reason: gone }
    const isHere = this.#course.come(namesOf(batch))
    if (isHere('before')) this.die()
    if (this.dead) return { type: 'unknown', reason: gone }
    this.#appending += 1
    const outcome = await writer.append(batch)
    this.#appending -= 1
    if (outcome.type === 'committed') this.#note(batch)
    if (isHere('after')) this.die()
    return this.dead ? { type: 'unknown', reason: gone } : outcome
  }

  #note(batch: Batch): void {
    for (const { types } of batch.rows)
      for (const type of types.split(',')) this.#course.events.add(type.replace(/@\d+$/, ''))
    for (const { kind } of batch.asked) this.#course.effects.add(kind)
    for (const effect of batch.settled) this.#course.settled(formatEffectId(effect))
  }

  /** Runs the kinds that it is given, each with its boundaries, `longer` than usual. */
  runner(longer: (kind: EffectKind) => Promise<void>): NonNullable<KernelOptions['runner']> {
    return (options) => createRunner({ ...options, kinds: options.kinds.map((kind) => this.#kind(kind, longer)) })
  }

  #kind(kind: EffectKind, longer: (kind: EffectKind) => Promise<void>): EffectKind {
    return {
      ...kind,
      run: async (request, attempt) => {
        if (this.dead) throw new Error(gone)
        const isHere = this.#course.come([`effect ${kind.kind}`])
        if (isHere('before')) this.die()
        if (this.dead) throw new Error(gone)
        this.#course.attempted(kind.kind, attempt.id)
        const result = await kind.run(request, attempt)
        if (isHere('after')) this.die()
        if (!this.dead) await Promise.race([longer(kind), this.ended])
        if (this.dead) throw new Error(gone)
        return result
      },
    }
  }
}

/** By what it holds, each for itself: the same in every run, however commits are gathered. */
function namesOf({ rows, changed }: Batch): readonly string[] {
  const names = [...rows.map((row) => `commit ${row.types}`), ...changed.map(() => 'commit of an attempt')]
  return names.length === 0 ? ['commit of an answer'] : names
}
