import {
  createCipheriv,
  createHmac,
  createPrivateKey,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto'

const cipher = 'aes-256-gcm'
const nonceLength = 12
const tagLength = 16

/** Sealed bytes are nonce, tag, ciphertext. `about` binds them to their place: moved elsewhere they do not open. */
export function seal(key: KeyObject, plain: Buffer | string, about: string): Buffer {
  const nonce = nextNonce()
  const sealing = createCipheriv(cipher, key, nonce, { authTagLength: tagLength })
  sealing.setAAD(Buffer.from(about))
  const body = typeof plain === 'string' ? sealing.update(plain, 'utf8') : sealing.update(plain)
  const last = sealing.final()
  return Buffer.concat([nonce, sealing.getAuthTag(), body, last])
}

/** Throws when the key, the bytes or the place are not those that were sealed. */
export function open(key: KeyObject, sealed: Buffer, about: string): Buffer {
  const opening = createDecipheriv(cipher, key, sealed.subarray(0, nonceLength), { authTagLength: tagLength })
  opening.setAAD(Buffer.from(about))
  opening.setAuthTag(sealed.subarray(nonceLength, nonceLength + tagLength))
  return Buffer.concat([opening.update(sealed.subarray(nonceLength + tagLength)), opening.final()])
}

// Random bytes are drawn 340 nonces at a time: one call of the generator each cost more than the sealing.
let pool = Buffer.alloc(0)
let used = 0

function nextNonce(): Buffer {
  if (used + nonceLength > pool.length) {
    pool = randomBytes(4080)
    used = 0
  }
  used += nonceLength
  return pool.subarray(used - nonceLength, used)
}

/** The keys made from the master key, each for one purpose. */
export interface MasterKey {
  readonly wrapping: KeyObject
  readonly secrets: KeyObject
  readonly answers: KeyObject
  readonly digests: KeyObject
  /** Ed25519, private. */
  readonly checkpoints: KeyObject
}

export function masterKey(bytes: Buffer): MasterKey {
  const derive = (purpose: string): KeyObject =>
    createSecretKey(Buffer.from(hkdfSync('sha256', bytes, Buffer.alloc(0), `hearth ${purpose} 1`, 32)))
  return {
    wrapping: derive('wrapping'),
    secrets: derive('secrets'),
    answers: derive('answers'),
    digests: derive('digests'),
    checkpoints: signingKey(derive('checkpoints').export()),
  }
}

// The form that RFC 8410 gives a private key, up to the 32 bytes of its seed.
const privateKeyForm = Buffer.from('302e020100300506032b657004220420', 'hex')

const signingKey = (seed: Buffer): KeyObject =>
  createPrivateKey({ key: Buffer.concat([privateKeyForm, seed]), format: 'der', type: 'pkcs8' })

export const newHomeKey = (): Buffer => randomBytes(32)

export const wrap = (master: MasterKey, key: Buffer, about: string): Buffer => seal(master.wrapping, key, about)

export const unwrap = (master: MasterKey, wrapped: Buffer, about: string): KeyObject =>
  createSecretKey(open(master.wrapping, wrapped, about))

/**
 * A UUID that stands for a text, written as the database writes it. It is keyed: what a person wrote cannot be guessed from it by
 * trying, not even after the person was forgotten.
 */
export function digest(master: MasterKey, text: string): string {
  const hex = createHmac('sha256', master.digests).update(text).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
