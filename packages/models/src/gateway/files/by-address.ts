import { fetchOver } from '../../fetch.ts'
import { ModelError } from '../../failure.ts'
import type { ChatCall, ChatMessage, ChatModel } from '../../language.ts'
import type { Network } from '../../network.ts'
import type { ProviderManifest } from '../../provider.ts'
import type { Exchange } from '../exchange.ts'
import { fetchFile, full, mostOfFile, unusable, type FetchedFile } from './fetch-file.ts'
import { roomFor, type Room } from './room.ts'

type Part = Exclude<ChatMessage['content'], string>[number]
type FilePart = Extract<Part, { readonly type: 'file' }>
type Output = Extract<Part, { readonly type: 'tool-result' }>['output']
type Data = FilePart['data']

const mostFiles = 20
const mostOfAll = 2 * mostOfFile

export interface ByAddress {
  readonly network: Network
  readonly exchange: Pick<Exchange, 'asked' | 'allowPrivate' | 'asker'>
  readonly manifest: Pick<ProviderManifest, 'abilities' | 'fetchesNothing'>
  readonly model: Pick<ChatModel, 'supportedUrls'>
  readonly signal: AbortSignal
}

/** Whether a body that goes on as it is names a picture by an address. */
export const namesAddress = (body: Uint8Array): boolean =>
  /"(?:url|image_url)"\s*:\s*"https?:/.test(
    Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'),
  )

/** Whether there may be anything to fetch. */
export const mayNameFiles = ({ prompt }: ChatCall, { abilities }: ByAddress['manifest']): boolean =>
  prompt.some(holdsAddress) && abilities?.includes('images') === true

/**
 * Asks with files in place of their addresses, where this model takes none: with the same call where there is nothing to fetch. A file is fetched
 * once for a call, whoever is asked. Throws `ModelError`.
 */
export async function withFiles<T>(call: ChatCall, at: ByAddress, ask: (call: ChatCall) => Promise<T>): Promise<T> {
  const { tenant, home, kind, id } = at.exchange.asker
  const room = roomFor(JSON.stringify([tenant, home, kind, id]))
  try {
    return await ask(await filled(call, at, room))
  } finally {
    room.leave()
  }
}

async function filled(call: ChatCall, at: ByAddress, room: Room): Promise<ChatCall> {
  const supported = at.manifest.fetchesNothing === true ? {} : await at.model.supportedUrls
  const wanted = new Map<string, URL>()
  const look: Change = (mediaType, data) => {
    if (data.type === 'url' && !takes(supported, mediaType, data.url)) wanted.set(data.url.href, data.url)
    return { mediaType, data }
  }
  changed(call, look)
  if (wanted.size === 0) return call
  const files = await fetchAll(wanted, at, room)
  return changed(call, (mediaType, data) => {
    const file = data.type === 'url' ? files.get(data.url.href) : undefined
    if (file === undefined) return { mediaType, data }
    // What it costs was reckoned by what it is said to be.
    if (mediaType.startsWith('image/') && !file.mediaType.startsWith('image/')) throw unusable('is no picture')
    return { mediaType: file.mediaType, data: { type: 'data', data: file.bytes } }
  })
}

const isAddressed = (part: Part): boolean => {
  if (part.type === 'file') return part.data.type === 'url'
  return part.type === 'tool-result' && part.output.type === 'content' && part.output.value.some(standsElsewhere)
}
const standsElsewhere = (part: Extract<Output, { readonly type: 'content' }>['value'][number]): boolean =>
  part.type === 'file' && part.data.type === 'url'
const holdsAddress = ({ content }: ChatMessage): boolean => typeof content !== 'string' && content.some(isAddressed)

/** A type may be open, as `image/*` is: then all that may stand there has to be taken. */
function takes(supported: Readonly<Record<string, readonly RegExp[]>>, mediaType: string, { href }: URL): boolean {
  return Object.entries(supported).some(
    ([type, patterns]) =>
      (type === '*' ||
        type === '*/*' ||
        type === mediaType ||
        (type.endsWith('/*') && mediaType.startsWith(type.slice(0, -1)))) &&
      patterns.some((pattern) => pattern.test(href)),
  )
}

type Change = (mediaType: string, data: Data) => { readonly mediaType: string; readonly data: Data }

function changed(call: ChatCall, change: Change): ChatCall {
  const prompt = call.prompt.map((message) => {
    if (!holdsAddress(message)) return message
    const content = (message.content as readonly Part[]).map((part) => changedPart(part, change))
    return { ...message, content } as ChatMessage
  })
  return { ...call, prompt }
}

function changedPart(part: Part, change: Change): Part {
  if (part.type === 'file') return { ...part, ...change(part.mediaType, part.data) }
  if (part.type !== 'tool-result' || part.output.type !== 'content') return part
  const value = part.output.value.map((one) =>
    one.type === 'file' ? { ...one, ...change(one.mediaType, one.data) } : one,
  )
  return { ...part, output: { ...part.output, value } as Output }
}

/** By what is the same in all that is made of one call, also where it goes on with an answer. */
const fetched = new WeakMap<Exchange['asked'], Map<string, Promise<FetchedFile>>>()

async function fetchAll(
  wanted: ReadonlyMap<string, URL>,
  { network, exchange, signal }: ByAddress,
  room: Room,
): Promise<ReadonlyMap<string, FetchedFile>> {
  if (wanted.size > mostFiles) throw tooMuch(`more than ${mostFiles} files`)
  const limits = { allowPrivate: exchange.allowPrivate === true, headWithinMs: 15_000, idleMs: 10_000 }
  const fetch = fetchOver(network, limits)
  const known = fetched.get(exchange.asked) ?? new Map<string, Promise<FetchedFile>>()
  fetched.set(exchange.asked, known)
  const files = new Map<string, FetchedFile>()
  let length = 0
  // One after the other: what they hold together has a bound.
  for (const [href, url] of wanted) {
    const before = known.get(href)
    const file = await once(known, href, () => fetchFile(fetch, url, signal, room))
    // What another try has fetched stays as long as this one needs it.
    if (before !== undefined && !room.take(file.bytes.length)) throw full()
    length += file.bytes.length
    if (length > mostOfAll) throw tooMuch(`more than ${mostOfAll / 1_048_576} MB of files`)
    files.set(href, file)
  }
  return files
}

const tooMuch = (what: string): ModelError =>
  new ModelError({
    type: 'refused',
    detail: `This model takes no files by their address, and ${what} are not fetched for it.`,
  })

async function once(
  known: Map<string, Promise<FetchedFile>>,
  href: string,
  fetch: () => Promise<FetchedFile>,
): Promise<FetchedFile> {
  const fetching = known.get(href) ?? fetch()
  known.set(href, fetching)
  try {
    return await fetching
  } catch (error) {
    // One who did not wait any more spoils it for nobody else.
    known.delete(href)
    throw error
  }
}
