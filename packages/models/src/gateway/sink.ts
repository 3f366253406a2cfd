/** Where the answer of a call goes: the other end of a door. */
export interface Sink {
  /** At most once, before all else. */
  head(status: number, headers: Readonly<Record<string, string>>): void
  /** False: whoever reads is slow; nothing more should come until `drained`. */
  write(chunk: string | Uint8Array): boolean
  /** Calls back once, when more can be written or nobody reads any more. */
  drained(then: () => void): void
  /** The end. `trailers` are what is known only now. */
  end(chunk?: string | Uint8Array, trailers?: Readonly<Record<string, string>>): void
  /** Calls back once when nobody waits any more, also where that is so already; not after `end`. */
  onGone(then: () => void): void
  readonly isGone: boolean
}
