import assert from 'node:assert/strict'
import type { DecideContext, Decision, Tagged } from '@hearth/kernel'
import { reminder } from '../../src/reminders/actor.ts'
import type { ReminderCommand } from '../../src/reminders/deciding.ts'
import { statusOf, type Manner, type Reminder, type ReminderEvent } from '../../src/reminders/events.ts'
import { firstOf, type Plan } from '../../src/reminders/plan.ts'

export interface Rung {
  readonly at: number
  readonly what: string
  readonly late: boolean
}

/** One reminder with a clock and timers of its own: what an actor is to the kernel, without the rest. */
export class Life {
  now = 0
  quiet: object | null = null
  state: Reminder | null = null
  readonly events: (ReminderEvent & { readonly decidedAt: number })[] = []
  readonly timers = new Map<string, number>()
  #decisions = 0

  static set(plan: Plan, manner: Manner = {}, now = 0): Life {
    const life = new Life()
    life.now = now
    life.tell({ type: 'set', text: 'x', plan, next: firstOf(plan), ...manner })
    return life
  }

  /** The code of the refusal; null where it was accepted. */
  tell(command: ReminderCommand): string | null {
    return this.#take((context) => reminder.decide(this.state, command as Tagged, context))
  }

  /** Time passes; timers ring one after another, `late` milliseconds after they are due. */
  pass(until: number, late = 0): void {
    for (let turns = 0; ; turns += 1) {
      assert.ok(turns < 5000, 'rings without end')
      const [first] = [...this.timers].toSorted(([, a], [, b]) => a - b)
      if (first === undefined || first[1] + late > until) break
      this.now = Math.max(this.now, first[1] + late)
      this.ring(first[0])
    }
    this.now = Math.max(this.now, until)
  }

  /** The server was away: everything that is due rings at `until`. */
  wake(until: number): void {
    this.now = until
    this.pass(until)
  }

  ring(timer: string): void {
    this.timers.delete(timer)
    const settlement = {
      effect: timer,
      kind: 'timer',
      request: null,
      attempt: 1,
      outcome: { type: 'done', value: null },
    }
    const settle = reminder.settle
    assert.ok(settle !== undefined)
    assert.equal(
      this.#take((context) => settle(this.state, settlement as Parameters<typeof settle>[1], context)),
      null,
    )
  }

  get status(): string {
    assert.ok(this.state !== null)
    return statusOf(this.state)
  }

  /** What was told to the outside. */
  get rings(): readonly Rung[] {
    return this.events.flatMap((event) => {
      if (event.type === 'reminder.rang') return [{ at: event.decidedAt, what: 'rang', late: event.late }]
      if (event.type === 'reminder.rang-again')
        return [{ at: event.decidedAt, what: event.why, late: event.rungAt - event.due > 1000 }]
      return []
    })
  }

  #take(decide: (context: DecideContext) => Decision): string | null {
    const decision = this.#decide(decide)
    if (decision.type === 'refuse') return decision.code
    for (const event of decision.events as readonly ReminderEvent[]) {
      this.state = reminder.evolve(this.state, event) as Reminder
      this.events.push({ ...event, decidedAt: this.now })
    }
    for (const timer of decision.cancels ?? []) this.timers.delete(timer)
    for (const [index, { due = this.now, kind }] of (decision.asks ?? []).entries())
      if (kind === 'timer') this.timers.set(`${this.#decisions}.${index}`, due)
    const expected = [this.state?.timer, this.state?.again?.timer].filter((timer) => timer != null)
    assert.deepEqual(
      [...this.timers.keys()].toSorted(),
      expected.toSorted(),
      'the timers that it knows are those it has',
    )
    return null
  }

  #decide(decide: (context: DecideContext) => Decision): Decision {
    this.#decisions += 1
    const number = this.#decisions
    return decide({
      at: this.now,
      address: { tenant: 'main', home: 'ann', kind: 'reminder', id: 'rem_1' },
      hops: 0,
      effect: (ordinal) => `${number}.${ordinal}`,
      reference: () => undefined,
      beside: () => ({ zone: null, quiet: this.quiet }),
    })
  }
}
