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
  const [dollars, picos] = size <= mostExact ? parted(Number(size)) : [size / picosOfDollar, size % picosOfDollar]
  const whole = `${amount < 0n ? '-' : ''}${dollars}`
  const digits = String(picos).padStart(12, '0')
  let end = digits.length
  while (end > 0 && digits.charCodeAt(end - 1) === zero) end -= 1
  return end === 0 ? whole : `${whole}.${digits.slice(0, end)}`
}

const zero = '0'.charCodeAt(0)
/** Up to here a number is exact, and quicker. */
const mostExact = BigInt(Number.MAX_SAFE_INTEGER)

function parted(size: number): readonly [dollars: number, picos: number] {
  const picos = size % 1_000_000_000_000
  return [(size - picos) / 1_000_000_000_000, picos]
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
  if (amount >= 0n && amount <= mostExact) {
    const picos = Number(amount)
    const rest = picos % 1000
    return (picos - rest) / 1000 + (rest > 0 ? 1 : 0)
  }
  const nanos = amount / picosOfNano
  return Number(amount % picosOfNano > 0n ? nanos + 1n : nanos)
}
