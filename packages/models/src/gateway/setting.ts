import type { CachesSet } from '../caches/setting.ts'
import type { LocalFile, Provider, ProviderManifest } from '../provider.ts'
import type { Layers } from '../catalog/layers.ts'
import type { Policy } from '../router/policy.ts'
import type { Patience } from './patience.ts'

/** A provider that a tenant has added, or one that is there without. */
export interface ProviderEntry {
  readonly name: string
  readonly kind: string
  /** Null: where its kind usually is. */
  readonly baseUrl: string | null
  /** Any of them may be used. */
  readonly keys: readonly string[]
  /** Whether its address may be a private one: whoever added it was allowed to say so. */
  readonly allowPrivate: boolean
  /** The models that it is known to have; null where nobody said. */
  readonly models: readonly string[] | null
  /** Where its model is a file. */
  readonly file?: LocalFile
  /** How many calls it is asked at once, by all processes together; without bound where absent. */
  readonly concurrency?: number
  /** How long it is waited for; by the policy, and else by what is known of it where absent. */
  readonly patience?: Patience
  /** By the names of its kind’s manifest. */
  readonly options?: Readonly<Record<string, string>>
  /** What the tenant says of its models, and what it listed when it was asked; absent where neither is. */
  readonly layers?: Layers
}

/** What a tenant has set, as of this moment. The same object for as long as nothing changes. */
export interface Settings {
  readonly providers: readonly ProviderEntry[]
  /** How models are chosen; null where nobody has said. */
  readonly policy: Policy | null
  /** Which answers are kept; absent: nobody has said. */
  readonly caches?: CachesSet | undefined
}

/** Which models whoever asks may use: names as `provider/model` or a model alone, or patterns of them with `*`; null: all. */
export type Allowed = readonly string[] | null

/** A model at a provider, ready to be called. */
export interface Deployment {
  readonly entry: ProviderEntry
  readonly manifest: ProviderManifest
  readonly model: string
}

/** An entry whose package is loaded. */
export interface OpenedEntry {
  readonly provider: Provider
  readonly baseUrl: string
  /** Of what is passed on. */
  readonly headers: Readonly<Record<string, string>>
}
