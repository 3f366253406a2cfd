import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { HearthError } from '@hearth/protocol'
import { fileKey, type BackupKey } from './keys.ts'
import { pieces } from './pieces.ts'

const cipher = 'aes-256-gcm'
const head = Buffer.from('hearth-sealed-2\n')
const saltBytes = 32
const headBytes = head.length + saltBytes
const chunkBytes = 64 * 1024
const tagBytes = 16

/** The chunk's number and whether it is the last: one that is moved, repeated or made the last opens no more. */
function nonce(number: number, last: boolean): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUIntBE(number, 5, 6)
  bytes[11] = Number(last)
  return bytes
}

/** Seals what passes, for a file of this name. */
export async function* seal(content: AsyncIterable<Buffer>, key: BackupKey, file: string): AsyncGenerator<Buffer> {
  const salt = randomBytes(saltBytes)
  const own = fileKey(key, salt, file)
  yield Buffer.concat([head, salt])
  for await (const { bytes, number, last } of pieces(content, () => chunkBytes)) {
    const sealing = createCipheriv(cipher, own, nonce(number, last))
    yield Buffer.concat([sealing.update(bytes), sealing.final(), sealing.getAuthTag()])
  }
}

export interface Sealed {
  readonly key: BackupKey
  readonly file: string
  /** As people are told of it. */
  readonly where: string
}

/** Opens what passes. Nothing comes out that was not sealed so; throws `backup.damaged`, also at the end of a file that was cut. */
export async function* unseal(content: AsyncIterable<Buffer>, { key, file, where }: Sealed): AsyncGenerator<Buffer> {
  let own: Buffer | undefined
  const sizeOf = (number: number): number => (number === 0 ? headBytes : chunkBytes + tagBytes)
  for await (const { bytes, number, last } of pieces(content, sizeOf)) {
    if (own === undefined) {
      if (last || !bytes.subarray(0, head.length).equals(head)) throw damaged(where)
      own = fileKey(key, bytes.subarray(head.length), file)
      continue
    }
    if (bytes.length < tagBytes) throw damaged(where)
    const opening = createDecipheriv(cipher, own, nonce(number - 1, last))
    opening.setAuthTag(bytes.subarray(bytes.length - tagBytes))
    yield opened(
      () => Buffer.concat([opening.update(bytes.subarray(0, bytes.length - tagBytes)), opening.final()]),
      where,
    )
  }
}

function opened(open: () => Buffer, where: string): Buffer {
  try {
    return open()
  } catch (error) {
    throw damaged(where, error)
  }
}

export const damaged = (where: string, cause?: unknown): HearthError =>
  new HearthError('backup.damaged', `${where} is not what was written at the backup.`, { cause })
