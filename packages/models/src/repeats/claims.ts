/** A name that one process at a time may have. */
export interface Claims {
  /** Null where another process has it. One that ends without a word loses it after a while. */
  take(name: string): Promise<Claim | null>
}

export interface Claim {
  leave(): void
}

/** Where there is one process, it has them all. */
export const noClaims: Claims = { take: () => Promise.resolve({ leave: () => undefined }) }
