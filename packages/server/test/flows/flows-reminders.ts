import type { Tagged } from '@hearth/kernel'
import { at, away, beginning, call, day, hour, minute, pass, second, type Flow, type Step, type Told } from './flow.ts'

const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`
const webhook = (way: string, name = `webhook ${way}`): Step =>
  call('ann', 'webhooks.create', ({ outside }) => ({ url: outside(way), events: ['reminder.rang'], secret }), name)
const daily = (more: object = {}): object => ({ text: 'stand up', rule: 'FREQ=DAILY', start: at(hour), ...more })
const once = (ms: number): object => ({ text: 'water the plants', at: at(ms) })

/** A rule that is refused today, whose next occurrence takes more than one decision to find. */
const rare = {
  type: 'set',
  text: 'seldom',
  plan: {
    type: 'rule',
    rule: 'FREQ=SECONDLY;INTERVAL=86401;BYHOUR=9;BYMINUTE=0;BYSECOND=0',
    start: '2030-01-01T09:00:00',
    zone: 'UTC',
    catchUp: 'once',
  },
  next: { index: 0, local: '2030-01-01T09:00:00', at: beginning + hour },
}

export const reminderFlows: readonly Flow[] = [
  {
    name: 'a reminder is set, rings, and is told to two webhooks, one of them after a retry',
    steps: [
      webhook('ok'),
      webhook('unsure'),
      call('ann', 'reminders.set', once(minute)),
      call('ann', 'reminders.list', {}),
      pass(hour),
      call('ann', 'reminders.cancel', ({ answers }) => ({ id: answers.get('reminders.set')?.['id'] })),
    ],
  },
  {
    name: 'a reminder is cancelled before it rings, and twice',
    steps: [
      call('ann', 'reminders.set', once(minute)),
      call('ann', 'reminders.cancel', ({ answers }) => ({ id: answers.get('reminders.set')?.['id'] })),
      call('ann', 'reminders.cancel', ({ answers }) => ({ id: answers.get('reminders.set')?.['id'] }), 'again'),
      call('ann', 'reminders.cancel', { id: 'rem_none' }, 'another'),
      pass(hour),
    ],
  },
  {
    name: 'a reminder that recurs rings three times, and its server is away in between',
    steps: [
      webhook('ok'),
      call('ann', 'reminders.set', daily({ rule: 'FREQ=DAILY;COUNT=3' })),
      pass(2 * hour),
      away(day),
      pass(2 * day),
    ],
  },
  {
    name: 'what was missed is caught up with once, passed over, or rung each time, as the reminder says',
    steps: [
      webhook('ok'),
      call('ann', 'reminders.set', daily({ catchUp: 'once' }), 'once'),
      call('ben', 'reminders.set', daily({ catchUp: 'skip' }), 'skip'),
      call('cat', 'reminders.set', daily({ catchUp: 'each' }), 'each'),
      away(2 * day + 2 * hour),
      pass(second),
    ],
  },
  {
    name: 'a next occurrence that is far away is searched for',
    steps: [
      { type: 'command', name: 'rare', home: 'ann', kind: 'reminder', id: 'rare', command: rare },
      pass(hour + minute),
    ],
  },
]

const idOf =
  (name: string, more: object = {}) =>
  ({ answers }: Told): object => ({ id: answers.get(name)?.['id'], ...more })

const watcher = call(
  'ann',
  'webhooks.create',
  ({ outside }) => ({ url: outside('ok'), events: ['webhook.disabled'], secret }),
  'watcher',
)
const id = (answers: Told['answers']): unknown => answers.get('webhook down')?.['id']

export const attendedFlows: readonly Flow[] = [
  {
    name: 'a reminder nags, is put off, nags again and is done',
    steps: [
      webhook('ok'),
      call('ann', 'reminders.set', { ...once(minute), nag: { every: 'PT10M', times: 2 } }),
      pass(12 * minute),
      call('ann', 'reminders.snooze', idOf('reminders.set', { for: 'PT1H' })),
      pass(75 * minute),
      call('ann', 'reminders.done', idOf('reminders.set')),
      call('ann', 'reminders.done', idOf('reminders.set'), 'again'),
      pass(day),
      call('ann', 'reminders.get', idOf('reminders.set')),
    ],
  },
  {
    name: 'what recurs is put off before it rings, changed, done before it rings, and cancelled',
    steps: [
      webhook('unsure'),
      call('ann', 'reminders.set', daily({ except: ['2030-01-03'] })),
      call('ann', 'reminders.snooze', idOf('reminders.set', { until: at(3 * hour) })),
      pass(4 * hour),
      call('ann', 'reminders.change', idOf('reminders.set', { start: '2030-01-01T12:30', text: 'sit down' })),
      call('ann', 'reminders.done', idOf('reminders.set')),
      call('ann', 'reminders.done', idOf('reminders.set', { next: true }), 'the next'),
      pass(2 * day),
      call('ann', 'reminders.cancel', idOf('reminders.set')),
      call('ann', 'reminders.occurrences', idOf('reminders.set')),
    ],
  },
  {
    name: 'reminders are held back in quiet hours, the urgent are not, and the quiet ends',
    steps: [
      webhook('ok'),
      call('ann', 'reminders.configure', { zone: 'UTC', quiet: { from: '08:30', to: '10:00' } }),
      call('ann', 'reminders.configure', { quiet: { from: '08:30', to: '10:00' } }, 'the same'),
      call('ann', 'reminders.set', once(hour), 'held'),
      pass(second),
      call('ann', 'reminders.set', { ...once(hour), urgent: true, nag: { every: 'PT5M', times: 2 } }, 'urgent'),
      pass(second),
      call('ann', 'reminders.set', { ...once(20 * minute), nag: { every: 'PT30M', times: 1 } }, 'nags'),
      pass(3 * hour),
      call('ann', 'reminders.configure', { quiet: null }, 'no quiet'),
      call('ann', 'reminders.settings', {}),
      call('ann', 'reminders.list', {}),
    ],
  },
]

/** A process notes what it heard of the receiver of `webhook down`. */
const noted = (name: string, command: Tagged): Step => ({
  type: 'command',
  name,
  home: '~tenant',
  kind: 'webhook-health',
  id: ({ answers }) => String(answers.get('webhook down')?.['id']),
  command,
})
const tried = (...times: readonly number[]): Tagged => {
  const what = { message: 'rang_1', event: 'reminder.rang', attempt: 1, answer: 'the receiver answered 500', ms: 7 }
  const attempts = times.map((ms) => ({ at: beginning + ms, ...what, next: beginning + ms + second }))
  return { type: 'tried', attempts, omitted: 0, delivered: null } as Tagged
}

export const webhookFlows: readonly Flow[] = [
  {
    name: 'a webhook whose receiver is gone, of which another is told, and one that is removed with a delivery owed',
    steps: [
      webhook('gone'),
      webhook('down'),
      watcher,
      call('ann', 'reminders.set', once(minute)),
      pass(minute),
      call('ann', 'webhooks.test', idOf('webhook down')),
      call('ann', 'webhooks.remove', idOf('webhook down')),
      call('ann', 'webhooks.remove', { id: 'wh_none' }, 'another'),
      pass(hour),
    ],
  },
  {
    name: 'a webhook fails, recovers, fails for long, is disabled, changed and enabled',
    steps: [
      webhook('down'),
      watcher,
      noted('it fails', tried(0)),
      noted('it fails again', tried(second)),
      noted('it was answered', { type: 'delivered', at: beginning + 2 * second } as Tagged),
      noted('it fails anew', tried(3 * second)),
      call('ann', 'reminders.set', once(minute), 'owed to it'),
      pass(minute),
      noted('it was answered again', { type: 'delivered', at: beginning + minute } as Tagged),
      noted('it has failed for long', tried(-6 * day, -5 * day, -4 * day, -3 * day, -2 * day, -day, 0)),
      call('ann', 'reminders.set', once(2 * minute), 'not owed to it'),
      pass(hour),
      call('ann', 'webhooks.rotate', idOf('webhook down', { secret, overlap: 'PT1H' })),
      call('ann', 'webhooks.change', ({ answers, outside }) => ({ id: id(answers), url: outside('ok') })),
      call('ann', 'webhooks.enable', idOf('webhook down')),
      call('ann', 'webhooks.enable', idOf('webhook down'), 'twice'),
      call('ann', 'reminders.set', once(2 * hour), 'owed again'),
      pass(2 * hour),
      call('ann', 'webhooks.remove', idOf('webhook down')),
      noted('it was removed', tried(hour)),
    ],
  },
]
