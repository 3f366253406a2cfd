const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** An id that sorts by the time it was made: 48 bits of milliseconds, 80 of chance, in 26 letters. */
export function newId(prefix: string, now: number): string {
  const chance = crypto.getRandomValues(new Uint8Array(16))
  let text = ''
  let rest = now
  for (let index = 0; index < 10; index += 1) {
    text = alphabet.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  for (const byte of chance) text += alphabet.charAt(byte & 31)
  return `${prefix}_${text}`
}
