import type { Tagged } from '@hearth/kernel'
import type { Address, Json, Principal } from '@hearth/protocol'

/** How often somebody may call. */
export interface Rate {
  readonly requests: number
  readonly per: 'second' | 'minute' | 'hour'
}

/** A caller who is known by what they have shown. */
export interface KnownCaller {
  readonly principal: Principal
  /** Whether nothing about them has changed since, so that they are known without another look. */
  isCurrent(): boolean
}

/** How callers are known by a secret that they show, and what else doors have to know of them. */
export interface KnownCallers {
  /** Undefined where nobody here is known by it. Throws `auth.…` where somebody was. */
  find(shown: string): KnownCaller | undefined
  /** How often they may call; null where nothing is said. */
  rateOf(principal: Principal): Rate | null
  /** What is noted when they call, now and then. */
  readonly noted: {
    readonly everyMs: number
    note(principal: Principal): { readonly address: Address; readonly command: Tagged }
  }
}

export interface KnowingTools {
  tenants(): readonly string[]
  reference(tenant: string, name: string): Json | undefined
  now(): number
}
