import { at, call, hour, pass, second, minute, type Flow, type Step } from './flow.ts'

const allow = call('anna', 'reminders.allow', { sender: 'ben' })
const refuse = call('anna', 'reminders.refuse', { sender: 'ben' })
const send = (more: object = {}): Step =>
  call('ben', 'reminders.send', { to: 'anna', text: 'call your mother', at: at(hour), ...more })
const late = 5 * second
const brief = { timeout: 'PT2S' }

/** A reminder goes to another home: every way in which that ends. */
export const sendingFlows: readonly Flow[] = [
  { name: 'a reminder for somebody else is accepted, and rings', steps: [allow, send(), pass(2 * hour)] },
  {
    name: 'a reminder for somebody else is refused: by one who let its sender once, and by nobody known',
    steps: [
      allow,
      refuse,
      send(),
      call('ben', 'reminders.send', { to: 'nobody', text: 'x', at: at(hour) }, 'to nobody'),
    ],
  },
  {
    name: 'an acceptance that is heard of too late is withdrawn',
    steps: [allow, send(brief), pass(2 * hour)],
    asksTakeUntil: late,
  },
  {
    name: 'a refusal that is heard of too late changes nothing',
    steps: [send(brief), pass(minute)],
    asksTakeUntil: late,
  },
  {
    name: 'a reminder is set for others too, and taken back: from one who has it, one who had not answered, one who never took it',
    steps: [
      allow,
      call('ben', 'reminders.set', { text: 'call mother', at: at(hour), with: ['anna', 'nobody'] }),
      pass(late + second),
      call('ben', 'reminders.sent', {}),
      call('ben', 'reminders.recall', ({ answers }) => ({ id: answers.get('reminders.set').sent[0].id })),
      call('ben', 'reminders.recall', ({ answers }) => ({ id: answers.get('reminders.set').sent[1].id }), 'in vain'),
      pass(2 * hour),
      call('ben', 'reminders.sent', {}, 'afterwards'),
    ],
  },
  {
    name: 'a reminder is taken back before the other home has answered',
    steps: [
      allow,
      send(),
      call('ben', 'reminders.recall', ({ answers }) => ({ id: answers.get('reminders.send').id })),
      call('ben', 'reminders.recall', ({ answers }) => ({ id: answers.get('reminders.send').id }), 'again'),
      pass(2 * hour),
    ],
    asksTakeUntil: late,
  },
  {
    name: 'an acceptance that is heard of too late, of what has rung meanwhile, stays',
    steps: [allow, send({ ...brief, at: at(3 * second) }), pass(minute)],
    asksTakeUntil: late,
  },
]
