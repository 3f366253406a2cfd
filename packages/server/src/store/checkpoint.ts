import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { HearthError } from '@hearth/protocol'

/** Where the chain of a slot stood. */
export interface Mark {
  readonly slot: number
  readonly sequence: number
  readonly head: string
}

export interface Checkpoint {
  readonly at: number
  readonly marks: readonly Mark[]
}

/** A checkpoint as text, which whoever has the public key can check without asking anybody. */
export function signed({ at, marks }: Checkpoint, key: KeyObject): string {
  const body = Buffer.from(JSON.stringify([at, marks.map(({ slot, sequence, head }) => [slot, sequence, head])]))
  return `${body.toString('base64url')}.${sign(null, body, key).toString('base64url')}`
}

/** Throws `checkpoint.invalid` for what this installation did not sign. */
export function readCheckpoint(text: string, key: KeyObject): Checkpoint {
  const [body = '', signature = ''] = text.split('.')
  const bytes = Buffer.from(body, 'base64url')
  if (!verify(null, bytes, createPublicKey(key), Buffer.from(signature, 'base64url')))
    throw new HearthError('checkpoint.invalid', 'This is no checkpoint that this installation signed.')
  const [at, marks] = JSON.parse(bytes.toString('utf8')) as [number, readonly [number, number, string][]]
  return { at, marks: marks.map(([slot, sequence, head]) => ({ slot, sequence, head })) }
}

export const publicKeyOf = (key: KeyObject): string =>
  createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64url')
