import { Readable } from 'node:stream'
import { HearthError } from '@hearth/protocol'
import { pieces } from '../pieces.ts'
import type { Place } from './place.ts'
import { askS3, away, isElsewhere, noBucket, textOf, textsIn, type AskS3, type S3Settings } from './s3-requests.ts'

const MB = 1024 * 1024
const firstPartBytes = 8 * MB
/** A file may have 10,000 parts: they grow, so that it may have a terabyte. */
const partBytes = (number: number): number => firstPartBytes * 2 ** Math.min(Math.floor(number / 1000), 5)

/** Objects of one prefix. What is longer than a part goes up in parts, and is there when the last has come. */
export function s3Place(settings: S3Settings, ask: AskS3 = askS3(settings)): Place {
  const { bucket, prefix } = settings
  const name = `s3://${bucket}/${prefix}`.replace(/\/$/, '')
  const keyOf = (file: string): string => `${prefix}${file}`

  const page = async (query: Readonly<Record<string, string>>): Promise<string> => {
    const response = await ask({ method: 'GET', query })
    if (response.status === 404) throw noBucket(bucket)
    return await textOf(response, name)
  }
  async function* pages(more: Readonly<Record<string, string>>): AsyncGenerator<string> {
    const seen = new Set<string>()
    for (let token: string | undefined = ''; token !== undefined;) {
      if (seen.has(token)) throw away(name, 'its list has no end')
      seen.add(token)
      const from: Record<string, string> = token === '' ? {} : { 'continuation-token': token }
      const text = await page({ 'list-type': '2', prefix, ...more, ...from })
      yield text
      token = textsIn(text, 'NextContinuationToken')[0]
    }
  }
  /** What is told beside it is not ours to remove. */
  const isOurs = (key: string): boolean => key.startsWith(prefix) && !isElsewhere(key)
  const keys = async (): Promise<readonly string[]> => {
    const found: string[] = []
    for await (const text of pages({})) found.push(...textsIn(text, 'Key').filter(isOurs))
    return found
  }
  const removeKey = async (key: string): Promise<void> =>
    void (await textOf(await ask({ method: 'DELETE', key }), name))
  const abandonUploads = async (): Promise<void> => {
    // Several answers hold a thousand each; after those are gone the next begin anew.
    let before = ''
    for (let found = 1; found > 0;) {
      const text = await page({ uploads: '', prefix })
      const ids = textsIn(text, 'UploadId')
      const uploads = textsIn(text, 'Key').map((key, index) => ({ key, id: ids[index] ?? '' }))
      for (const { key, id } of uploads.filter((upload) => isOurs(upload.key)))
        await textOf(await ask({ method: 'DELETE', key, query: { uploadId: id } }), name)
      // The same once more: they cannot be ended.
      found = uploads.length === 1000 && ids.join() !== before ? 1 : 0
      before = ids.join()
    }
  }

  return {
    name,
    within: (folder) => s3Place({ ...settings, prefix: `${prefix}${folder}/` }, ask),
    begin: async () => {
      const text = await page({ 'list-type': '2', prefix, 'max-keys': '1' })
      if (textsIn(text, 'Key').length > 0)
        throw new HearthError('backup.folder-used', `${name} is not empty: a backup takes a prefix of its own.`)
    },
    put: (file, content, signal) => put(ask, keyOf(file), content, signal),
    get: async (file) => {
      const response = await ask({ method: 'GET', key: keyOf(file) })
      if (response.status === 404) {
        await response.body?.cancel()
        return null
      }
      return bodyOf(response, name)
    },
    list: async () => (await keys()).map((key) => key.slice(prefix.length)),
    folders: async () => {
      const found: string[] = []
      for await (const text of pages({ delimiter: '/' }))
        for (const [, common = ''] of text.matchAll(/<CommonPrefixes>(.*?)<\/CommonPrefixes>/gs))
          found.push(...textsIn(common, 'Prefix').map((each) => each.slice(prefix.length, -1)))
      return found
    },
    remove: (file) => removeKey(keyOf(file)),
    clear: async () => {
      for (const key of await keys()) await removeKey(key)
      await abandonUploads()
    },
    settle: () => Promise.resolve(),
  }
}

/** Errors while a body comes are the place's, too. */
function bodyOf(response: Response, name: string): Readable {
  const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0])
  const content = Readable.from(
    (async function* () {
      try {
        for await (const part of body as AsyncIterable<Uint8Array>)
          yield Buffer.from(part.buffer, part.byteOffset, part.byteLength)
      } catch (error) {
        throw away(name, (error as Error).message, error)
      }
    })(),
    { objectMode: false },
  )
  // Where nothing of it was read, nobody else lets go of the connection.
  return content.once('close', () => body.destroy())
}

async function put(ask: AskS3, key: string, content: Readable, signal: AbortSignal): Promise<void> {
  let upload: string | undefined
  const tags: string[] = []
  try {
    for await (const { bytes: part, last } of pieces(content, partBytes)) {
      signal.throwIfAborted()
      if (last && upload === undefined)
        return void (await finished(key, ask({ method: 'PUT', key, body: part, signal })))
      upload ??=
        textsIn(await finished(key, ask({ method: 'POST', key, query: { uploads: '' }, signal })), 'UploadId')[0] ?? ''
      const query = { partNumber: String(tags.length + 1), uploadId: upload }
      const response = await ask({ method: 'PUT', key, query, body: part, signal })
      await finished(key, Promise.resolve(response))
      tags.push(response.headers.get('etag') ?? '')
    }
    const list = tags.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`)
    const body = `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`
    const told = await finished(key, ask({ method: 'POST', key, query: { uploadId: upload ?? '' }, body, signal }))
    // It may have been told only after the answer was begun with 200.
    if (told.includes('<Error>')) throw away(key, textsIn(told, 'Code')[0] ?? 'failed')
  } catch (error) {
    if (upload !== undefined)
      await ask({ method: 'DELETE', key, query: { uploadId: upload } }).then(
        (response) => response.text(),
        // `clear` finds what is left of it.
        () => undefined,
      )
    throw error
  }
}

async function finished(key: string, asked: Promise<Response>): Promise<string> {
  const response = await asked
  const text = await textOf(response, key)
  if (response.status !== 404) return text
  throw new HearthError(
    'backup.destination-refused',
    `The place to write to is not there (${textsIn(text, 'Code')[0]}).`,
  )
}
