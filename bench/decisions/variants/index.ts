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
    about:
      "The probe's events and effects are personal: each row and request sealed under a key of its home, 20,000 homes.",
    unfair:
      'The keys are made with the first message of each home, which the figures of the born tell, not the others.',
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
    about:
      'The attempt that succeeds is recorded in a commit of its own before it starts: the first attempt of each effect asks for another at once.',
    unfair: 'Worse off than a record without a failed attempt: a run of the effect more. Settled is what to look at.',
    change: needSecondAttempt,
  },
]

const setting = (name: string, about: string, settings: readonly string[]): Variant => ({
  name: `plans.${name}`,
  about: `The role of commits has ${about}: ${settings.join(', ')}.`,
  administer: settings.map((each) => `alter role hearth_commit set ${each}`),
})

/** A prepared statement keeps the plan that it got while its tables were small, until they are analysed. */
const plans: readonly Variant[] = [
  setting('custom', 'every statement planned anew', ['plan_cache_mode = force_custom_plan']),
  setting('without-sequential-scans', 'plans without sequential scans', ['enable_seqscan = off']),
  setting('by-index', 'plans that look rows up by index one by one', [
    'enable_seqscan = off',
    'enable_hashjoin = off',
    'enable_mergejoin = off',
  ]),
]

const validation: readonly Micro[] = [
  {
    name: 'validation.micro',
    about:
      "Microseconds to check the inputs of probe.record and reminders.set: zod (the product's own schemas), TypeBox, Valibot.",
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
  ...plans,
  ...validation,
]

export const isMicro = (one: Variant | Micro): one is Micro => 'module' in one

export function variantNamed(name: string): Variant {
  const found = [base, ...all].find((one) => one.name === name)
  if (found === undefined || isMicro(found)) throw new Error(`there is no variant ${name}`)
  return found
}
