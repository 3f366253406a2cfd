import { formatInstant, HearthError, parseInstant, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation } from '../feature.ts'
import { invalid } from '../position-in.ts'
import { planOf } from './input.ts'
import { firstOf, nextAfter, nextOf, type Next } from './plan.ts'

const mostShown = 1000
/** Searches that go on where one call's effort ended. */
const mostSearches = 20

export const preview = operation({
  name: 'reminders.preview',
  type: 'read',
  summary: 'Tell when a rule would ring, without setting anything.',
  input: z.strictObject({
    rule: z.string().max(500),
    start: z.string().max(64),
    zone: z.string().max(64).optional(),
    from: z.string().max(64).optional(),
    count: z.int().min(1).max(mostShown),
    except: z.array(z.string().max(64)).max(366).optional(),
  }),
  output: z.object({ occurrences: z.array(schema.instant()) }),
  permission: 'reminders.read',
  consequence: 'read',
  path: { method: 'POST', path: '/reminders/preview' },
  examples: [
    {
      title: 'The last Friday of each month',
      input: { rule: 'FREQ=MONTHLY;BYDAY=-1FR', start: '2030-01-01T09:00', zone: 'Europe/Berlin', count: 3 },
    },
  ],
  read: async ({ rule, start, zone, from, count, except }, caller) => {
    const plan = planOf({ rule, start, zone, except }, caller.zone, caller.now)
    const occurrences: string[] = []
    let next: Next = from === undefined ? { type: 'occurrence', occurrence: firstOf(plan) } : startingAt(from)
    for (let searches = mostSearches; next.type !== 'ended';) {
      if (next.type === 'spent') {
        if ((searches -= 1) === 0)
          throw new HearthError(
            'reminders.too-far',
            'The occurrences of this rule are too rare or too many to be followed.',
          )
        next = nextOf(plan, next.reached)
        continue
      }
      occurrences.push(formatInstant(next.occurrence.at))
      if (occurrences.length === count) break
      next = nextOf(plan, next.occurrence)
    }
    return { occurrences }

    function startingAt(text: string): Next {
      const parsed = parseInstant(text)
      if (parsed.type === 'failure') throw invalid('from', parsed.message)
      try {
        return nextAfter(plan, parsed.ms - 1)
      } catch (error) {
        // A rule that is over by then is no mistake.
        if (error instanceof HearthError && error.code === 'reminders.never') return { type: 'ended' }
        throw error
      }
    }
  },
})
