import type { HearthError } from '@hearth/protocol'
import type { CacheUse } from '../caches/setting.ts'
import type { ProtocolName } from '../provider.ts'
import type { WireCall, WireProtocol } from '../wire/protocol.ts'
import type { GoesOn } from './continuing/unfinished.ts'
import type { Sink } from './sink.ts'

/** Who asks, as far as a call has to know. */
export interface Asker {
  readonly tenant: string
  readonly home: string
  readonly kind: string
  readonly id: string
}

/** One call of a client: what it asked, in its own protocol, and where the answer goes. */
export interface Exchange {
  readonly id: string
  readonly asker: Asker
  readonly requestId: string
  readonly protocol: ProtocolName
  readonly wire: WireProtocol
  /** As it came. */
  readonly body: Uint8Array
  readonly json: Readonly<Record<string, unknown>>
  /** Of its headers those that say which form of the protocol it speaks: they go on with what goes on as it is. */
  readonly dialect: Readonly<Record<string, string>>
  /** What it asks in the gateway's own words: read when a call cannot be passed on as it is. Throws as `WireProtocol.read` does. */
  readonly asked: () => WireCall
  readonly model: string
  /** The template that it was made from, as `name@version`. */
  readonly template?: string
  readonly stream: boolean
  /** What it names by an address may stand at a private one. */
  readonly allowPrivate?: boolean
  /** It may wait where others want to be asked too. */
  readonly background?: boolean
  readonly sink: Sink
  /** What the client says of caches; undefined: nothing. */
  readonly cache?: CacheUse | undefined
  /** Which of the asker's calls it is, and all that they sent with it: sent again it is not asked again. */
  readonly once?: { readonly key: string; readonly sent: unknown } | undefined
  /** It was looked for among what is kept, and not found. */
  readonly cached?: 'miss'
  /** It goes on with an answer that has begun to go out. */
  readonly goesOn?: GoesOn
  /** Answers that Hearth does not take this call, in the client's protocol. */
  readonly refuse: (error: HearthError) => void
  /** Is told of a fault of ours, which the client is not. */
  readonly failed: (error: unknown) => void
}
