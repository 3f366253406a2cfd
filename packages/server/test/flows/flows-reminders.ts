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

export const webhookFlows: readonly Flow[] = [
  {
    name: 'a webhook whose receiver is gone, and one that is removed with a delivery owed',
    steps: [
      webhook('gone'),
      webhook('down'),
      call('ann', 'reminders.set', once(minute)),
      pass(minute),
      call('ann', 'webhooks.test', ({ answers }) => ({ id: answers.get('webhook down')?.['id'] })),
      call('ann', 'webhooks.remove', ({ answers }) => ({ id: answers.get('webhook down')?.['id'] })),
      call('ann', 'webhooks.remove', { id: 'wh_none' }, 'another'),
      pass(hour),
    ],
  },
]
