import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** The text of a key names the key, so that it is found without trying all of them; what it is known by is the rest. */
const shape = /^hearth_([0-9a-z]{26})_([A-Za-z0-9_-]{43})$/

export const newSecret = (id: string): string =>
  `hearth_${id.slice('key_'.length)}_${randomBytes(32).toString('base64url')}`

/** Which key a text would be. Undefined where it cannot be one of these. */
export function keyNamedBy(text: string): string | undefined {
  const name = shape.exec(text)?.[1]
  return name === undefined ? undefined : `key_${name}`
}

/** Enough for 256 bits of chance, which nobody guesses from their hash. */
export const hashOf = (secret: string): string => hash('sha256', secret, 'hex')

/** Takes the same time whatever part is right. */
export const isHashOf = (kept: string, secret: string): boolean =>
  timingSafeEqual(Buffer.from(kept, 'hex'), hash('sha256', secret, 'buffer'))
