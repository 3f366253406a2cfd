import { HearthError, newId, schema, type Address } from '@hearth/protocol'
import * as z from 'zod'
import { durationOf } from '../duration.ts'
import { operation, type Caller, type Operation } from '../feature.ts'
import { invalid } from '../position-in.ts'
import type { ChangeCommand, SetCommand } from './deciding.ts'
import {
  assertZone,
  changeInput,
  mannerOf,
  nagOf,
  needsZone,
  planOf,
  setInput,
  timeOf,
  type PlanChange,
} from './input.ts'
import { assertFollowable, firstOf } from './plan.ts'
import { zoneOf } from './settings.ts'

const addressOf = ({ principal }: Caller, id: string, home: string | undefined): Address => ({
  tenant: principal.tenant,
  home: home ?? principal.home,
  kind: 'reminder',
  id,
})

const otherHomes = z.array(schema.home().unwrap()).min(1).max(20)

const set = operation({
  name: 'reminders.set',
  type: 'command',
  summary: 'Set a reminder: once at a time, or again and again by a rule.',
  input: setInput.extend({ with: otherHomes.optional() }),
  output: z.object({
    id: z.string(),
    next: schema.instant(),
    /** What other homes were asked to take, as `reminders.sent` lists it. */
    sent: z.array(z.object({ id: z.string(), to: z.string() })).optional(),
  }),
  permission: 'reminders.write',
  consequence: 'own',
  path: { method: 'POST', path: '/reminders' },
  examples: [
    { title: 'Once', input: { text: 'Water the plants', at: '2030-05-01T09:00', zone: 'Europe/Berlin' } },
    {
      title: 'Every weekday, but for a holiday',
      input: {
        text: 'Stand up',
        rule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR',
        start: '2030-05-01T10:00',
        zone: 'Europe/Berlin',
        except: ['2030-05-09'],
      },
    },
    {
      title: 'Until it is done',
      input: {
        text: 'Take the pills',
        at: '2030-05-01T09:00',
        zone: 'Europe/Berlin',
        nag: { every: 'PT10M', times: 6 },
      },
    },
    {
      title: 'For somebody else too',
      input: { text: 'Call mother', at: '2030-05-01T09:00', zone: 'Europe/Berlin', with: ['anna'] },
    },
  ],
  command: async (input, caller) => {
    const { now, principal } = caller
    const home = input.home ?? principal.home
    const plan = planOf(input, needsZone(input) ? await zoneOf(caller, home) : caller.zone, now)
    const next = firstOf(plan)
    assertFollowable(plan, next, now)
    const others = input.with?.filter((other, index, all) => all.indexOf(other) === index)
    if (others?.includes(home)) throw invalid('with', 'names the home that has it already')
    const also = others?.map((to, index) => ({ to, sent: newId('snd', now + index), reminder: newId('rem', now) }))
    const command: SetCommand = {
      type: 'set',
      text: input.text,
      plan,
      next,
      ...mannerOf(input),
      ...(also === undefined ? {} : { also }),
    }
    return { address: addressOf(caller, newId('rem', now), home), command }
  },
})

const change = operation({
  name: 'reminders.change',
  type: 'command',
  summary:
    'Change what a reminder says, when it rings or how. What is not named stays; what has rung does not ring again.',
  input: changeInput,
  output: z.object({ id: z.string(), next: schema.instant().nullable() }),
  permission: 'reminders.write',
  consequence: 'own',
  path: { method: 'PATCH', path: '/reminders/{id}' },
  examples: [
    { title: 'Another text', input: { id: 'rem_01', text: 'Water all plants' } },
    { title: 'An hour later, on the same clock', input: { id: 'rem_01', at: '2030-05-01T10:00' } },
    { title: 'Not on one day', input: { id: 'rem_01', except: ['2030-05-09'] } },
  ],
  command: ({ id, home, text, nag, urgent, ...times }, caller) => {
    const plan = Object.values(times).some((value) => value !== undefined) ? (times as PlanChange) : undefined
    if (plan === undefined && text === undefined && nag === undefined && urgent === undefined)
      throw new HearthError('input.invalid', 'Say what is to change.')
    const command: ChangeCommand = {
      type: 'change',
      ...(text === undefined ? {} : { text }),
      ...(nag === undefined ? {} : { nag: nag === null ? null : nagOf(nag) }),
      ...(urgent === undefined ? {} : { urgent }),
      ...(plan === undefined ? {} : { plan }),
    }
    return { address: addressOf(caller, id, home), command }
  },
})

const snoozes = { shortest: 1000, longest: 366 * 86_400_000 }

const snooze = operation({
  name: 'reminders.snooze',
  type: 'command',
  summary: 'Let an occurrence ring at another time: the one that rang last, or the next one before it rings.',
  input: z.strictObject({
    id: schema.id(),
    for: z.string().max(40).optional(),
    until: z.string().max(64).optional(),
    zone: z.string().max(64).optional(),
    home: schema.home(),
  }),
  output: z.object({ id: z.string(), next: schema.instant() }),
  permission: 'reminders.write',
  consequence: 'own',
  path: { method: 'POST', path: '/reminders/{id}/snooze' },
  examples: [
    { title: 'For ten minutes', input: { id: 'rem_01', for: 'PT10M' } },
    { title: 'Until tomorrow morning', input: { id: 'rem_01', until: '2030-05-02T08:00', zone: 'Europe/Berlin' } },
  ],
  command: async ({ id, for: span, until, zone, home }, caller) => {
    if ((span === undefined) === (until === undefined)) throw invalid('for', 'give a duration, or until when')
    if (span !== undefined) {
      if (zone !== undefined) throw invalid('zone', 'belongs to until')
      const forMs = durationOf('for', span, snoozes)
      return { address: addressOf(caller, id, home), command: { type: 'snooze', until: { forMs } } }
    }
    assertZone(zone)
    const own = needsZone({ at: until, zone }) ? await zoneOf(caller, home ?? caller.principal.home) : caller.zone
    const at = timeOf('until', until ?? '', zone, own)
    return { address: addressOf(caller, id, home), command: { type: 'snooze', until: at } }
  },
})

const done = operation({
  name: 'reminders.done',
  type: 'command',
  summary: 'Say that what a reminder reminded of is done: it does not nag any more. What recurs goes on.',
  input: z.strictObject({ id: schema.id(), next: z.boolean().optional(), home: schema.home() }),
  output: z.object({ id: z.string() }),
  permission: 'reminders.write',
  consequence: 'own',
  path: { method: 'POST', path: '/reminders/{id}/done' },
  examples: [
    { title: 'What rang', input: { id: 'rem_01' } },
    { title: 'The next occurrence, before it rings', input: { id: 'rem_01', next: true } },
  ],
  command: ({ id, next, home }, caller) => ({
    address: addressOf(caller, id, home),
    command: { type: 'done', ...(next === undefined ? {} : { next }) },
  }),
})

const cancel = operation({
  name: 'reminders.cancel',
  type: 'command',
  summary: 'Cancel a reminder: it rings no more.',
  input: z.strictObject({ id: schema.id(), home: schema.home() }),
  output: z.object({ id: z.string() }),
  permission: 'reminders.write',
  consequence: 'own',
  path: { method: 'DELETE', path: '/reminders/{id}' },
  examples: [{ title: 'One', input: { id: 'rem_01' } }],
  command: ({ id, home }, caller) => ({ address: addressOf(caller, id, home), command: { type: 'cancel' } }),
})

export const changing: readonly Operation[] = [set, change, snooze, done, cancel]
