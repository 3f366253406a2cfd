/**
 * An amount in picodollars (10⁻¹² USD). A bigint, since a double holds them exactly only up to 9,007 dollars, which a tenant's month
 * may pass; what is stored or sent is its decimal text.
 */
export type Money = bigint

const picosOfDollar = 1_000_000_000_000n
const picosOfNano = 1000n

/** In dollars, exactly, with no more digits than it needs: `0.000123`. */
export function formatUsd(amount: Money): string {
  const size = amount < 0n ? -amount : amount
  const fraction = (size % picosOfDollar).toString().padStart(12, '0').replace(/0+$/, '')
  const whole = `${amount < 0n ? '-' : ''}${size / picosOfDollar}`
  return fraction === '' ? whole : `${whole}.${fraction}`
}

/** What `formatUsd` wrote, or a person; undefined when it is not an amount, or one finer than a picodollar. */
export function parseUsd(text: string): Money | undefined {
  const [, sign, whole, fraction = ''] = /^(-?)(\d{1,18})(?:\.(\d{1,12}))?$/.exec(text) ?? []
  if (whole === undefined) return undefined
  const size = BigInt(whole) * picosOfDollar + BigInt(fraction.padEnd(12, '0'))
  return sign === '-' ? -size : size
}

/**
 * Whole nanodollars (10⁻⁹ USD), rounded up, so that what is counted is never less than what is owed. Exact up to nine million
 * dollars.
 */
export function nanodollars(amount: Money): number {
  const nanos = amount / picosOfNano
  return Number(amount % picosOfNano > 0n ? nanos + 1n : nanos)
}
