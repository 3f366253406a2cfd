import { features } from '@hearth/features'
import { setInput } from '../../../packages/features/src/reminders/input.ts'
import { answer, microseconds } from './clock.ts'
import { typeboxChecks, valibotChecks, type Checks } from './other-libraries.ts'

/** `node validation.ts FOLDER`: TypeBox and Valibot are taken from its node_modules, and are absent where it has none. */
const inputs = {
  probe: { stream: 's000042', events: 3 },
  reminder: {
    text: 'Water the plants on the balcony',
    rule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR',
    start: '2030-05-01T09:00',
    zone: 'Europe/Berlin',
  },
  wrong: { stream: 's000042', events: '3', more: true },
}

function zodChecks(): Checks {
  const record = features.flatMap(({ operations }) => operations).find(({ name }) => name === 'probe.record')
  if (record === undefined) throw new Error('there is no operation probe.record')
  return {
    probe: (input) => record.input.safeParse(input).success,
    reminder: (input) => setInput.safeParse(input).success,
  }
}

/** A library that lets through what it should not, or the other way about, must not be compared. */
function assertRight(name: string, { probe, reminder }: Checks): void {
  const half = { ...inputs.reminder, text: '\ud800' }
  const right = probe(inputs.probe) && reminder(inputs.reminder) && !probe(inputs.wrong) && !reminder(half)
  if (!right || probe({ stream: '', events: 3 }) || reminder({ ...inputs.reminder, more: 1 })) {
    throw new Error(`${name} checks something else than the product`)
  }
}

function figuresOf(name: string, checks: Checks | null): Record<string, number | null> {
  if (checks !== null) assertRight(name, checks)
  const of = (check: (input: unknown) => boolean, input: unknown): number => microseconds(() => check(input))
  return {
    [`${name}: probe.record`]: checks && of(checks.probe, inputs.probe),
    [`${name}: reminders.set`]: checks && of(checks.reminder, inputs.reminder),
    [`${name}: probe.record, wrong, with the issues`]: checks && of(checks.probe, inputs.wrong),
  }
}

const [folder = ''] = process.argv.slice(2)
answer({
  ...figuresOf('zod', zodChecks()),
  ...figuresOf('typebox', await typeboxChecks(folder)),
  ...figuresOf('valibot', await valibotChecks(folder)),
})
