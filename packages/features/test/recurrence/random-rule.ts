/** A seeded source of numbers in [0, 1): mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const days = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']
const frequencies = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY', 'SECONDLY']

/** Any valid rule, with parts as likely to meet as not. */
export function randomRule(random: () => number): string {
  const below = (limit: number) => Math.floor(random() * limit)
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item
  const chance = (share: number) => random() < share
  const some = (from: number, to: number) =>
    Array.from({ length: 1 + below(4) }, () => from + below(to - from + 1)).join(',')
  const signed = (limit: number) =>
    Array.from({ length: 1 + below(4) }, () => (chance(0.3) ? -1 : 1) * (1 + below(limit))).join(',')
  const frequency = pick(frequencies)
  const daily = ['DAILY', 'WEEKLY', 'MONTHLY'].includes(frequency)
  const ordinals = frequency === 'MONTHLY' || frequency === 'YEARLY'
  const parts = [`FREQ=${frequency}`]
  if (chance(0.5)) parts.push(`INTERVAL=${pick([2, 3, 5, 7, 13, 15, 30, 90])}`)
  if (chance(0.2)) parts.push(`BYMONTH=${some(1, 12)}`)
  if (frequency !== 'WEEKLY' && chance(0.2)) parts.push(`BYMONTHDAY=${signed(31)}`)
  if (!daily && chance(0.1)) parts.push(`BYYEARDAY=${signed(366)}`)
  const weeks = frequency === 'YEARLY' && chance(0.2)
  if (weeks) parts.push(`BYWEEKNO=${signed(53)}`)
  if (chance(0.4))
    parts.push(
      `BYDAY=${Array.from({ length: 1 + below(3) }, () => (ordinals && !weeks && chance(0.4) ? pick([1, 2, -1]) : '') + pick(days)).join(',')}`,
    )
  if (chance(0.2)) parts.push(`BYHOUR=${some(0, 4)}`)
  if (chance(0.2)) parts.push(`BYMINUTE=${some(0, 59)}`)
  if (chance(0.1)) parts.push(`BYSECOND=${some(0, 59)}`)
  if (parts.some((part) => part.startsWith('BY')) && chance(0.15)) parts.push(`BYSETPOS=${signed(4)}`)
  if (chance(0.2)) parts.push(`WKST=${pick(days)}`)
  if (chance(0.2)) parts.push(`COUNT=${1 + below(40)}`)
  return parts.join(';')
}
