import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '@hearth/kernel'
import { HearthError } from '@hearth/protocol'
import { writeByRename } from './write-file.ts'

export interface OwnerKey {
  /** Takes the same time whatever part of the key is right. */
  matches(candidate: string): boolean
  /** Tells this key from a former one without being it. */
  readonly fingerprint: string
}

/** The key that was given, else the one kept in the folder, else a new one; `owner.key` holds it afterwards. */
export function openOwnerKey(options: { readonly data: string; readonly given: string | undefined }): OwnerKey {
  const path = join(options.data, 'owner.key')
  const kept = readKept(path)
  const key = options.given ?? kept?.trim() ?? `hearth_${randomBytes(32).toString('base64url')}`
  if (!/^[\x21-\x7e]{16,200}$/.test(key)) {
    const detail = `${path} must hold 16 to 200 visible ASCII characters. Remove it to have a new key made.`
    throw new HearthError('config.invalid', detail)
  }
  if (kept?.trim() !== key) writeByRename(path, `${key}\n`)
  const digest = sha256(key)
  return {
    matches: (candidate) => timingSafeEqual(sha256(candidate), digest),
    fingerprint: hash('sha256', `fingerprint of an owner's key: ${key}`, 'base64url'),
  }
}

function readKept(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined
    throw new HearthError('data.unusable', `${path} cannot be read.`, { cause: error })
  }
}
