import { test } from 'node:test'
import { systemClock } from '@hearth/kernel'
import { clockCases, createManualClock, type ClockSubject } from '../../src/index.ts'

const manual = (): ClockSubject => {
  const clock = createManualClock(1_000)
  return { clock, pass: (milliseconds) => Promise.resolve(clock.advance(milliseconds)) }
}
const system = (): ClockSubject => ({
  clock: systemClock,
  pass: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
})

for (const { group, name, run } of clockCases) {
  test(`manual ${group}: ${name}`, () => run(manual()))
  test(`system ${group}: ${name}`, () => run(system()))
}
