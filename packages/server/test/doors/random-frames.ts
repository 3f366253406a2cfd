import type { Chance } from '@hearth/testing'

/** A frame of the live path as text, and the id that its answer must have: null where it has none that can be used. */
export interface RandomFrame {
  readonly text: string
  readonly id: string | number | null
}

type Members = Record<string, unknown>

const odd: readonly unknown[] = [
  null, true, false, 0, -1, 1.5, 1e300, 2 ** 53, '', 'x', '\u0000', '\ud800', 'é', '🔥'.repeat(30), [], {}, [[[]]], { a: { b: [null] } },
] // oxfmt-ignore
const names = [
  'reminders.list',
  'reminders.list',
  'reminders.list',
  'reminders.set',
  'reminders.cancel',
  'webhooks.list',
  'events.list',
  'nothing.here',
  '__proto__',
  'constructor',
]
const inputs: readonly unknown[] = [
  {}, { limit: 1 }, { limit: 'many' }, { home: 'a' }, { home: '~a' }, { id: 'rem_x' }, { state: 'scheduled' }, { after: '' }, null, [], 'text', 7,
] // oxfmt-ignore

/** Frames that are right, nearly right, and wrong in every member. `fresh` is an id that was not used before. */
export function randomFrame(chance: Chance, fresh: number): RandomFrame {
  const one = <Value>(values: readonly Value[]): Value => values[chance.whole(0, values.length - 1)] as Value
  const known = one([fresh, `id-${fresh}`])
  const id: unknown = chance.happens(0.8) ? known : one(odd)
  // A watch that is stopped under its id before it is open has no answer of its own: here nobody does that.
  const own = isUsable(id) ? known : id
  const members = chance.pick<() => Members>([
    [5, () => ({ id, call: one(names), input: one(inputs) })],
    [3, () => ({ id: own, watch: one(names), input: one(inputs) })],
    [2, () => ({ id, stop: true })],
    [1, () => ({ id, stop: one(odd) })],
    [1, () => ({ id, call: one(odd), input: one(odd), key: one(odd) })],
    [1, () => ({ id, call: one(names), key: one(['k', 'é', 'x'.repeat(201)]), after: one(['0.0', 'x', '999.1']) })],
    [1, () => ({ id: own, watch: one(names), from: one(['0.0', '1.1', '', 'x'.repeat(101)]), input: {} })],
    [1, () => ({ id, [one(['call', 'result', 'constructor'])]: one(odd), [one(['more', 'id2', ''])]: one(odd) })],
    [1, () => ({ id })],
  ])()
  const deep = chance.happens(0.05) ? chance.whole(40, 90) : 0
  if (deep > 0) members['input'] = nested(deep)
  const isReadable = deep + 1 <= 64
  const given = members['id']
  return { text: JSON.stringify(members), id: isReadable && isUsable(given) ? given : null }
}

/** Text that is no frame at all. */
export const randomText = (chance: Chance): string =>
  chance.pick([
    [1, ''],
    [1, '{'],
    [1, 'null'],
    [1, '[]'],
    [1, '"text"'],
    [1, '{"id":1,"id":2}x'],
    [1, '{"id":7,"call":"reminders.list","input":{"__proto__":{}}}'],
    [1, '['.repeat(chance.whole(1, 5000))],
    [1, '{"a":'.repeat(chance.whole(1, 500))],
    [1, String.fromCodePoint(...Array.from({ length: 40 }, () => chance.whole(1, 0xd000)))],
  ])

const nested = (depth: number): unknown => {
  let value: unknown = {}
  for (let level = 1; level < depth; level += 1) value = level % 2 === 0 ? { a: value } : [value]
  return value
}

const isUsable = (id: unknown): id is string | number =>
  typeof id === 'string' ? id.length >= 1 && id.length <= 100 : Number.isSafeInteger(id)
