import { NetworkError } from '../../fetch.ts'
import { ModelError } from '../../failure.ts'
import type { Fetch } from '../../provider.ts'
import { kindOfBytes } from './kind-of-bytes.ts'
import type { Room } from './room.ts'

export interface FetchedFile {
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** As much as the largest providers take of one. */
export const mostOfFile = 20 * 1_048_576
const mostRedirects = 3
const withinMs = 30_000

/** Fetches a picture or a document from where a caller says that it stands. Throws `ModelError`, whose words name no address. */
export async function fetchFile(fetch: Fetch, url: URL, signal: AbortSignal, room: Room): Promise<FetchedFile> {
  const late = AbortSignal.timeout(withinMs)
  try {
    const response = await followed(fetch, url, AbortSignal.any([signal, late]))
    const bytes = await bytesOf(response, room)
    const mediaType = kindOfBytes(bytes)
    if (mediaType === undefined) throw unusable('is no picture and no PDF')
    return { mediaType, bytes }
  } catch (error) {
    if (error instanceof ModelError) throw error
    if (signal.aborted) throw new ModelError({ type: 'stopped', detail: 'nobody waits for it any more' })
    if (late.aborted) throw unusable('did not come in time')
    throw unusable(
      error instanceof NetworkError && error.failure.type === 'refused' ? 'may not be reached' : 'could not be fetched',
    )
  }
}

/** What one provider could not be given another may fetch by itself, but what is wrong with it is the caller’s to mend. */
export const unusable = (what: string): ModelError =>
  new ModelError({
    type: 'refused',
    detail: `This model takes no files by their address, and what stands at the address of one ${what}. Send the file itself.`,
  })

/** No provider is to blame, nor would another be of help. */
export const full = (): ModelError =>
  new ModelError({
    type: 'refused',
    detail: 'Too much is being fetched by its address just now. Send the file itself, or try again in a moment.',
  })

async function followed(fetch: Fetch, url: URL, signal: AbortSignal): Promise<Response> {
  let at = url
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    if (at.username !== '' || at.password !== '') throw unusable('is behind a name and a password')
    const headers = { accept: 'image/*, application/pdf', 'user-agent': 'Hearth' }
    const response = await fetch(at, { headers, signal, redirect: 'manual' })
    const to = response.headers.get('location')
    if (response.ok) return response
    await response.body?.cancel()
    const next = response.status >= 300 && response.status < 400 && to !== null ? URL.parse(to, at) : null
    if (next === null || !/^https?:$/.test(next.protocol)) throw unusable('could not be fetched')
    at = next
  }
  throw unusable('is led on again and again')
}

async function bytesOf(response: Response, room: Room): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of response.body ?? []) {
    length += piece.length
    // To leave the loop closes the connection.
    if (length > mostOfFile) throw unusable(`is larger than ${mostOfFile / 1_048_576} MB`)
    if (!room.take(piece.length)) throw full()
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
