const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const letters = 16

/** Chance costs a call to the system each time it is asked for, whatever the amount: 12 µs of a call that has 100. */
const pool = new Uint8Array(letters * 128)
let used = pool.length

/** An id that sorts by the time it was made: 48 bits of milliseconds, 80 of chance, in 26 letters. */
export function newId(prefix: string, now: number): string {
  if (used === pool.length) {
    crypto.getRandomValues(pool)
    used = 0
  }
  let text = ''
  let rest = now
  for (let index = 0; index < 10; index += 1) {
    text = alphabet.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  for (const end = used + letters; used < end; used += 1) text += alphabet.charAt((pool[used] as number) & 31)
  return `${prefix}_${text}`
}
