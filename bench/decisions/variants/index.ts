import type { Micro, Variant } from '../variant.ts'
import { driver } from './driver.ts'
import { lanes } from './lanes.ts'
import { makePersonal, needSecondAttempt } from './probe-changes.ts'
import { rowLevelSecurity } from './row-level-security.ts'
import { rows } from './rows.ts'

export const base: Variant = { name: 'product', about: 'As the product is.' }

const sealing: readonly (Variant | Micro)[] = [
  {
    name: 'sealing.personal',
    about: "The probe's events and effects are personal: each row and request sealed under a key of its home, 20,000 homes, a key made with the first command of each.",
    unfair: 'What is measured has made most of the keys while warming up, not all.',
    change: makePersonal,
  },
  {
    name: 'sealing.micro',
    about: 'Microseconds of what sealing, chaining, packing and deciding do, without a server.',
    module: new URL('../micro/kernel.ts', import.meta.url),
  },
]

const attempts: readonly Variant[] = [
  {
    name: 'attempts.own-commit',
    about: 'The attempt that succeeds is recorded in a commit of its own before it starts: the first attempt of each effect asks for another at once.',
    unfair: 'Worse off than a record without a failed attempt: a run of the effect more. Settled is what to look at.',
    change: needSecondAttempt,
  },
]

const validation: readonly Micro[] = [
  {
    name: 'validation.micro',
    about: "Microseconds to check the inputs of probe.record and reminders.set: zod (the product's own schemas), TypeBox, Valibot.",
    module: new URL('../micro/validation.ts', import.meta.url),
  },
]

export const all: readonly (Variant | Micro)[] = [
  ...rows,
  ...lanes,
  ...sealing,
  ...attempts,
  ...rowLevelSecurity,
  ...driver,
  ...validation,
]

export const isMicro = (one: Variant | Micro): one is Micro => 'module' in one

export function variantNamed(name: string): Variant {
  const found = [base, ...all].find((one) => one.name === name)
  if (found === undefined || isMicro(found)) throw new Error(`there is no variant ${name}`)
  return found
}
