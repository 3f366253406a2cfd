import type { ChatModel, EmbeddingModel } from './language.ts'
import type { RankingModel } from './ranking.ts'

/** The protocols that clients and providers speak on the wire. `inner` is on none: it is for calls that Hearth makes itself. */
export type ProtocolName =
  | 'openai-chat'
  | 'openai-responses'
  | 'openai-embeddings'
  | 'anthropic-messages'
  | 'rerank'
  | 'inner'

/** One kind of provider, as far as it is known without loading anything of it. A folder exports a list of these as `manifests`. */
export interface ProviderManifest {
  readonly kind: string
  readonly title: string
  /** Where it is reached; null: whoever adds one has to say. */
  readonly baseUrl: string | null
  readonly key: 'needed' | 'optional' | 'none'
  /** What its key is, where that is more than one word of the provider’s. */
  readonly keyForm?: string
  /** What else has to be said of it, or may be, by name. */
  readonly options?: Readonly<Record<string, ProviderOption>>
  /** Where its models are files of the machine that Hearth runs on: how one is looked at. They run here, and cost nothing. */
  readonly inspect?: (path: string) => Promise<InspectedFile>
  /** What it does at all; what one of its models can is for the catalog to say. */
  readonly does: readonly ('chat' | 'embed' | 'rerank')[]
  /** Which of its models there are differs from place to place and from account to account: none is taken to be there unasked. */
  readonly differs?: true
  /**
   * Where it takes a protocol of the doors as it is, below its base address: what a client sent in it may be sent on untouched.
   */
  readonly speaks: Partial<Readonly<Record<ProtocolName, string>>>
  /** It takes files themselves, and no addresses of them, though its protocol has these. */
  readonly fetchesNothing?: true
  /** Whose traffic the conformance suite runs against, where its protocol is another’s. */
  readonly traffic?: Traffic
  /** What its answers and questions can carry beyond text: the conformance suite holds it to each of these. */
  readonly abilities?: readonly Ability[]
  /** How much it takes in one request for vectors, where it says so. */
  readonly batch?: BatchBounds
  /** The name that it knows a model by, where the name says more: what is passed on untouched must carry this one. */
  readonly nameOf?: (model: string) => string
  /** Whether one of its models goes on by itself with what it is handed as the beginning of its answer; absent: none does. */
  readonly prefills?: (model: string) => boolean
  /** Loads what it needs, when it is first used. */
  readonly open: () => Promise<OpenProvider>
}

export interface BatchBounds {
  readonly inputs: number
  /** Of all of them together. */
  readonly tokens: number
}

export interface ProviderOption {
  readonly summary: string
  readonly needed?: true
  /** It is an address, and checked as one. */
  readonly address?: true
}

/**
 * `recorded`: bytes of its own server. `derived`: written by its own description of what it answers. `unseen`: nothing of it was found,
 * and its address and quirks are as documented.
 */
export type Traffic =
  | { readonly type: 'recorded' | 'derived'; readonly from: string }
  | { readonly type: 'unseen'; readonly because: string }

/**
 * `reasoning`: what the model thought comes as parts. `reasoning-count`: how many tokens it thought is told. `cache-marks`: what is to
 * be kept can be marked; `cached-count`: what was read from a cache is told. `log-probabilities` come as metadata of the answer.
 */
export type Ability =
  | 'tools'
  | 'structured-output'
  | 'images'
  | 'reasoning'
  | 'reasoning-count'
  | 'cached-count'
  | 'cache-marks'
  | 'log-probabilities'

/** The one way to the network that a provider has. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

export interface ProviderSetting {
  /** Its name among the providers of a tenant. */
  readonly name: string
  /** Without a slash at the end. */
  readonly baseUrl: string
  readonly key: string | undefined
  /** By the names of its manifest. */
  readonly options?: Readonly<Record<string, string>>
  readonly fetch: Fetch
  /** Of a kind whose models are files. */
  readonly file?: LocalFile
}

/** What the file of a model says of itself. */
export type InspectedFile =
  | {
      readonly type: 'model'
      readonly size: number
      readonly architecture: string
      /** Tokens that the model was made for. */
      readonly context: number
      /** How most of its weights are written down. */
      readonly quantization: string
      readonly chats: boolean
    }
  | { readonly type: 'unusable'; readonly reason: string }

/** The file of a model, and what its head said when it was added. */
export interface LocalFile {
  readonly path: string
  readonly size: number
  /** Tokens of prompt and answer together: not more than the model was made for. */
  readonly context: number
}

export type OpenProvider = (setting: ProviderSetting) => Provider

export interface Provider {
  /** What every request of its own protocol carries: how it knows who asks. */
  readonly headers: Readonly<Record<string, string>>
  chat?(model: string): ChatModel
  embed?(model: string): EmbeddingModel
  rerank?(model: string): RankingModel
  /** The models that it says it has. Throws `ModelError`. */
  list?(signal: AbortSignal): Promise<readonly ListedModel[]>
}

export interface ListedModel {
  readonly id: string
  /** Tokens of prompt and answer together, where it says so. */
  readonly context?: number
}
