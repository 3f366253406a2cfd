import assert from 'node:assert/strict'
import type { Clock } from '@hearth/kernel'
import { casesOf, type ConformanceCase } from './case.ts'

export interface ClockSubject {
  readonly clock: Clock
  /** Lets so much time pass: waits, or moves a clock that is moved by hand. */
  pass(milliseconds: number): Promise<void>
}

const noted = (): { readonly seen: string[]; note(name: string): () => void } => {
  const seen: string[] = []
  return { seen, note: (name) => () => void seen.push(name) }
}

/** What every `Clock` must do. */
export const clockCases: readonly ConformanceCase<ClockSubject>[] = casesOf('clock', {
  'now is a moment in milliseconds; elapsed goes on and never back': async ({ clock, pass }) => {
    const [now, before] = [clock.now(), clock.elapsed()]
    assert.ok(Number.isFinite(now) && now >= 0)
    await pass(20)
    const passed = clock.elapsed() - before
    assert.ok(passed >= 15, `${passed} ms passed`)
  },
  'what is asked for is called once, and never at once': async ({ clock, pass }) => {
    const { seen, note } = noted()
    clock.after(5, note('five'))
    clock.after(0, note('none'))
    clock.turn(note('turn'))
    assert.deepEqual(seen, [])
    await pass(30)
    await pass(30)
    assert.deepEqual(new Set(seen), new Set(['five', 'none', 'turn']))
    assert.equal(seen.length, 3)
  },
  'the shorter wait ends first': async ({ clock, pass }) => {
    const { seen, note } = noted()
    clock.after(60, note('long'))
    clock.after(10, note('short'))
    await pass(100)
    assert.deepEqual(seen, ['short', 'long'])
  },
  'a turn ends before a wait does': async ({ clock, pass }) => {
    const { seen, note } = noted()
    clock.after(20, note('wait'))
    clock.turn(note('turn'))
    await pass(50)
    assert.deepEqual(seen, ['turn', 'wait'])
  },
  'what is cancelled is not called; cancelling late or twice does no harm': async ({ clock, pass }) => {
    const { seen, note } = noted()
    const cancel = clock.after(10, note('cancelled'))
    const late = clock.after(1, note('called'))
    cancel()
    cancel()
    await pass(40)
    late()
    assert.deepEqual(seen, ['called'])
  },
  'a wait of years does not end at once': async ({ clock, pass }) => {
    const { seen, note } = noted()
    const cancels = [2 ** 31, 2 ** 32 + 5, 2 ** 40].map((ms) => clock.after(ms, note(String(ms))))
    await pass(20)
    for (const cancel of cancels) cancel()
    assert.deepEqual(seen, [])
  },
})
