import { at, call, day, hour, minute, pass, type Flow } from './flow.ts'

export const probeFlows: readonly Flow[] = [
  {
    name: 'the probe records, with an effect that does nothing and one that posts',
    steps: [
      call('ann', 'probe.record', { stream: 'a', events: 3 }),
      call('ann', 'probe.record', ({ outside }) => ({ stream: 'b', events: 2, effect: outside('ok') }), 'posting'),
      call('ann', 'probe.record', ({ outside }) => ({ stream: 'b', events: 1, effect: outside('unsure') }), 'again'),
      pass(hour),
      call('ann', 'probe.read', {}),
    ],
  },
  {
    name: 'a turn speaks, fails in the middle and speaks again',
    steps: [
      call('ann', 'probe.speak', { stream: 'c', words: 5, perSecond: 1000, failAfter: 2 }),
      call('ann', 'probe.speak', { stream: 'c', words: 2, perSecond: 1000 }, 'once more'),
      pass(minute),
      call('ann', 'probe.spoken', { home: 'probe:c', stream: 'c' }),
    ],
  },
]

export const repairFlows: readonly Flow[] = [
  {
    name: 'a command that cannot be decided is set aside, and given up',
    steps: [
      call('ann', 'reminders.set', { text: 'beside it', at: at(hour) }),
      {
        type: 'mend',
        name: 'given up',
        broken: {
          type: 'command',
          name: 'broken',
          home: 'ann',
          kind: 'reminder-senders',
          id: 'all',
          command: { type: 'receive' },
        },
      },
      pass(2 * hour),
    ],
  },
]

export const keyFlows: readonly Flow[] = [
  {
    name: 'a key is created, changed, used, given a new secret and revoked',
    steps: [
      call('owner', 'keys.create', { name: 'a script', scopes: ['reminders.read'] }),
      call('owner', 'keys.change', ({ answers }) => ({ id: answers.get('keys.create').id, name: 'another' })),
      { type: 'command', name: 'used', home: '~tenant', kind: 'key-use', id: 'key_1', command: { type: 'used' } },
      call('owner', 'keys.rotate', ({ answers }) => ({ id: answers.get('keys.create').id, overlap: 'PT1H' })),
      pass(hour),
      call('owner', 'keys.list', {}),
      call('owner', 'keys.revoke', ({ answers }) => ({ id: answers.get('keys.create').id })),
      call('owner', 'keys.list', {}, 'afterwards'),
    ],
  },
]

export const secretFlows: readonly Flow[] = [
  {
    name: 'a secret is kept, replaced and removed',
    steps: [
      call('owner', 'secrets.put', { name: 'api', value: 'one', note: 'of the provider' }),
      call('owner', 'secrets.put', { name: 'api', value: 'two' }, 'another'),
      call('owner', 'secrets.list', {}),
      call('owner', 'secrets.remove', { name: 'api' }),
      call('owner', 'secrets.remove', { name: 'api' }, 'again'),
    ],
  },
]

export const peopleFlows: readonly Flow[] = [
  {
    name: 'a person is forgotten with a reminder to ring, and begins anew',
    steps: [
      call('ann', 'reminders.set', { text: 'a secret', at: at(hour) }, 'before'),
      call('ben', 'reminders.set', { text: 'of another', at: at(hour) }, 'other'),
      call('owner', 'people.forget', { person: 'ann' }),
      pass(day),
      call('ann', 'reminders.set', { text: 'a new one', at: at(2 * day) }, 'after'),
      pass(2 * day),
    ],
  },
  {
    name: 'a tombstone is given up while the disk is full, and a person has it written later',
    steps: [
      call('owner', 'people.forget', { person: 'ann' }),
      pass(hour),
      call('owner', 'effects.list', { state: 'dead' }),
      call('owner', 'effects.replay', ({ answers }) => ({ id: answers.get('effects.list').items[0]?.id })),
      call('owner', 'effects.replay', ({ answers }) => ({ id: answers.get('effects.list').items[0]?.id }), 'again'),
    ],
    diskIsFullUntil: 30 * minute,
  },
]
