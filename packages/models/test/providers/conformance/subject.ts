import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ModelFailure } from '../../../src/failure.ts'
import type { EmbeddingModel, ChatModel } from '../../../src/language.ts'
import type { Ability, Fetch, Provider, ProviderManifest } from '../../../src/provider.ts'
import { cutting, nowhere, type Cut } from './cutting.ts'
import type { Expected } from './expected.ts'
import type { Asked, Replay, Upstream } from './upstream.ts'

/** A request in the form of a provider, read again. */
export interface Reads {
  readonly model: (asked: Asked) => unknown
  readonly streams: (asked: Asked) => boolean
  readonly system: (asked: Asked) => unknown
  /** What the user said, all texts of the last message. */
  readonly said: (asked: Asked) => unknown
  readonly limits: (asked: Asked) => { readonly most: unknown; readonly temperature: unknown; readonly stops: unknown }
  readonly tools: (asked: Asked) => readonly { readonly name: unknown; readonly schema: unknown }[]
  readonly choice: (asked: Asked) => 'auto' | 'none' | 'required' | { readonly tool: unknown } | undefined
  /** Calls of the assistant and what they came to, in order. */
  readonly history: (
    asked: Asked,
  ) => readonly { readonly call: unknown; readonly input: unknown; readonly result: unknown }[]
  readonly schema: (asked: Asked) => unknown
  /** The pictures in base64. */
  readonly images: (asked: Asked) => readonly unknown[]
  /** How often something is marked to be kept. */
  readonly cacheMarks: (asked: Asked) => number
}

export interface ProviderSubject {
  readonly name: string
  readonly manifest: ProviderManifest
  readonly model: string
  /** Of its manifest’s abilities those that this way to ask it has: together, the subjects of a manifest have all. */
  readonly abilities: ReadonlySet<Ability>
  /** Its folder of recordings. */
  readonly recordings: string
  /** Recordings that are in no folder, by the names of their files. */
  readonly written?: ReadonlyMap<string, Buffer>
  /** What its recordings say, where it is not what all others say. */
  readonly expects?: Expected
  /** Whether a filter can stop its answers. */
  readonly filters?: boolean
  /** Stop sequences are not part of every protocol. */
  readonly takesStops: boolean
  /** Headers by which it knows who asks. */
  readonly identity: (key: string) => Readonly<Record<string, string>>
  /** Of each of its requests; those of `identity` where absent. */
  readonly headers?: Readonly<Record<string, string>>
  readonly options?: (upstream: Upstream) => Readonly<Record<string, string>>
  readonly reads: Reads
  readonly embedding?: string
  /** Its list comes page by page. */
  readonly pages?: true
  /** What opens the pieces of an answer stands before them. */
  readonly opens?: true
  /** How its streams are written, where they are no lines. */
  readonly framing?: Framing
}

export interface Framing {
  readonly type: string
  /** Recordings of it are lines all the same. */
  readonly write: (lines: string) => Buffer
  /** Where its pieces end. */
  readonly ends: (bytes: Buffer) => readonly number[]
}

/** Like none that a pattern knows. */
export const key = 'Kq83hTzW0aYvN5cRx7Jm2LdEbG9u'

const fixtures = join(import.meta.dirname, '../fixtures')
export function recorded({ written, recordings, framing }: ProviderSubject, file: string): Buffer {
  const read = (name: string): Buffer => written?.get(name) ?? readFileSync(join(fixtures, recordings, name))
  if (framing === undefined || !file.endsWith('.sse')) return read(file)
  return framing.write(read(file.replace(/\.sse$/, '.events')).toString('utf8'))
}

/** Where the pieces of a stream end: with each line, where they are lines. */
export const endsIn = ({ subject: { framing } }: Tried, body: Buffer): readonly number[] =>
  framing?.ends(body) ?? [...body.keys()].filter((at) => body[at - 1] === 10)

export const stream = (body: string | Buffer, more: Replay = {}): Replay => ({
  headers: { 'content-type': 'text/event-stream; charset=utf-8' },
  body,
  ...more,
})
export const json = (body: string | Buffer, more: Replay = {}): Replay => ({
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body,
  ...more,
})

/** The subject at a server of its own. */
export interface Tried {
  readonly subject: ProviderSubject
  readonly upstream: Upstream
}

// Kept from before anyone could put another in its place.
const network = globalThis.fetch

export async function openedAt({ subject, upstream }: Tried, cut: Cut = nowhere, withKey = key): Promise<Provider> {
  const open = await subject.manifest.open()
  const fetch = cutting(typed(subject), cut)
  const options = subject.options?.(upstream)
  return open({ name: 'here', baseUrl: `${upstream.url}/base`, key: withKey, fetch, ...(options && { options }) })
}

/** What is played as a stream has the type that the subject’s have. */
function typed({ framing }: ProviderSubject): Fetch {
  if (framing === undefined) return (input, init) => network(input, init)
  return async (input, init) => {
    const response = await network(input, init)
    if (!(response.headers.get('content-type') ?? '').startsWith('text/event-stream')) return response
    const { body, status, headers } = response
    return new Response(body, { status, headers: { ...Object.fromEntries(headers), 'content-type': framing.type } })
  }
}

export async function chatAt(tried: Tried, cut?: Cut): Promise<ChatModel> {
  const provider = await openedAt(tried, cut)
  return provider.chat?.(tried.subject.model) as ChatModel
}

export async function embeddingAt(tried: Tried): Promise<EmbeddingModel> {
  const provider = await openedAt(tried)
  return provider.embed?.(tried.subject.embedding ?? '') as EmbeddingModel
}

/** One refusal of a provider and what it means: the form of `errors.json`. */
export interface RecordedRefusal {
  readonly title: string
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
  readonly type: ModelFailure['type']
  readonly afterMs?: number
  readonly says?: string
}

/** What stands before the pieces of an answer: some protocols open what they fill. */
export const startOf = ({ subject }: Tried): Buffer =>
  subject.opens === true ? recorded(subject, 'forever-start.sse') : Buffer.alloc(0)
