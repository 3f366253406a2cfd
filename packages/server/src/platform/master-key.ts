import { hash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HearthError } from '@hearth/protocol'
import { writeByRename } from './write-file.ts'

/**
 * The key that seals all others: from the environment, else a file of the data folder that is made at the first start, where nothing
 * is sealed yet.
 */
export async function loadMasterKey(
  dataFolder: string,
  given: Uint8Array | undefined,
  isSealed: () => Promise<boolean> = () => Promise.resolve(false),
): Promise<Buffer> {
  if (given !== undefined) return Buffer.from(given)
  const path = join(dataFolder, 'master.key')
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) {
    if (await isSealed())
      throw new HearthError(
        'master-key.missing',
        `This database was sealed under a master key that is not in ${path}. Put your copy back, or give it as HEARTH_MASTER_KEY.`,
      )
    const fresh = randomBytes(32)
    writeByRename(path, `${fresh.toString('base64')}\n`)
    return fresh
  }
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length !== 32)
    throw new HearthError('master-key.invalid', `${path} does not hold 32 bytes in base64. Put your copy back.`)
  return key
}

/** Names a master key without telling it. */
export const fingerprint = (key: Buffer): string =>
  hash('sha256', Buffer.concat([Buffer.from('hearth fingerprint'), key]), 'hex').slice(0, 32)
