import { HearthError } from './errors.ts'

/** Where an actor lives. All actors of one home are decided together. */
export interface Address {
  readonly tenant: string
  readonly home: string
  readonly kind: string
  readonly id: string
}

const plain = /^[A-Za-z0-9_.~-]+$/

const encode = (segment: string): string => (plain.test(segment) ? segment : encodeURIComponent(segment))

export function formatAddress(address: Address): string {
  return `${encode(address.tenant)}/${encode(address.home)}/${encode(address.kind)}/${encode(address.id)}`
}

export function parseAddress(text: string): Address {
  const parts = text.split('/')
  const [tenant, home, kind, id] = parts.map(decode)
  if (parts.length !== 4 || !tenant || !home || !kind || !id || !isPlain(text, [tenant, home, kind, id])) {
    throw new HearthError('input.invalid', 'An actor is written tenant/home/kind/id.')
  }
  return { tenant, home, kind, id }
}

const isPlain = (text: string, parts: readonly string[]): boolean =>
  text.length <= 2000 && parts.every((part) => part.isWellFormed() && !part.includes('\u0000'))

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
