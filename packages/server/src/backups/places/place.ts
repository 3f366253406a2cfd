import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { HearthError } from '@hearth/protocol'
import type { Config } from '../../config.ts'

/**
 * Where the files of one backup lie, or, above it, several backups. Files are named by paths with `/`. What is asked rejects with
 * `backup.destination-away` while the place does not answer, else with another `backup.…`.
 */
export interface Place {
  /** As whoever chose it would name it. */
  readonly name: string
  within(folder: string): Place
  /** Throws `backup.folder-used` where something lies already; makes what is needed to write. */
  begin(): Promise<void>
  /** Whole and kept when it resolves; what is left of one that failed is not taken for a file, or is for `clear`. */
  put(file: string, content: Readable, signal: AbortSignal): Promise<void>
  /** Null where there is no such file. */
  get(file: string): Promise<Readable | null>
  /** All files here and below. */
  list(): Promise<readonly string[]>
  /** Names of what lies directly here and has something in it. */
  folders(): Promise<readonly string[]>
  remove(file: string): Promise<void>
  /** Removes all files, what was begun and never ended included. */
  clear(): Promise<void>
  /** After it, what was put is found again even if the power goes. */
  settle(): Promise<void>
}

export type PlaceSettings = Pick<Config, 's3Endpoint' | 's3Region' | 's3AccessKeyId' | 's3SecretAccessKey'>

export const isS3 = (to: string): boolean => to.startsWith('s3://')

/** Each kind is loaded when it is needed. When the signal comes, whatever is asked of a far one ends. */
export async function openPlace(to: string, settings: PlaceSettings, signal?: AbortSignal): Promise<Place> {
  if (!isS3(to)) return (await import('./folder-place.ts')).folderPlace(resolve(to))
  const { s3Endpoint: endpoint, s3Region: region, s3AccessKeyId: id, s3SecretAccessKey: secret } = settings
  if (id === undefined || secret === undefined)
    throw new HearthError(
      'backup.destination-unset',
      'An s3:// address needs HEARTH_S3_ACCESS_KEY_ID and HEARTH_S3_SECRET_ACCESS_KEY, and HEARTH_S3_ENDPOINT where it is not Amazon’s.',
    )
  const found = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,62})(?:\/(.*))?$/.exec(to)
  if (found?.[1] === undefined)
    throw new HearthError('backup.destination-unset', `${to} is not like s3://bucket/prefix.`)
  const prefix = (found[2] ?? '').split('/').filter((part) => part !== '')
  if (prefix.some((part) => part === '.' || part === '..'))
    throw new HearthError('backup.destination-unset', `${to} is not like s3://bucket/prefix.`)
  const { s3Place } = await import('./s3-place.ts')
  return s3Place({
    endpoint: endpoint ?? `https://s3.${region}.amazonaws.com`,
    region,
    accessKeyId: id,
    secretAccessKey: secret,
    bucket: found[1],
    ...(signal === undefined ? {} : { signal }),
    prefix: prefix.map((part) => `${part}/`).join(''),
  })
}

/** Undefined where it is longer than it may be. */
export async function readUpTo(content: Readable, most: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of content as AsyncIterable<Buffer>) {
    parts.push(part)
    bytes += part.length
    if (bytes > most) return undefined
  }
  return Buffer.concat(parts)
}

export const readAll = async (content: Readable): Promise<Buffer> =>
  (await readUpTo(content, Number.POSITIVE_INFINITY)) ?? Buffer.alloc(0)
