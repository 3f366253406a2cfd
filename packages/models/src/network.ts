/** The one way out, as far as models need it. Addresses are checked where it connects; it follows no redirect. */
export interface Network {
  /** Never throws: what goes wrong comes as `failed`. */
  open(request: OutgoingRequest, answer: Answering): Opened
}

export interface OutgoingRequest {
  readonly url: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | null
  readonly allowPrivate: boolean
  /** After this without a head it has failed. */
  readonly headWithinMs: number
  /** After so long without a byte of the body it has failed. */
  readonly idleMs: number
}

export type ResponseHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** `head`, then `data` as often as it comes, then `ended`; or `failed` at any time, which is the end of it. Nothing comes after an abort. */
export interface Answering {
  head(status: number, headers: ResponseHeaders): void
  /** The chunk is the receiver's to keep. */
  data(chunk: Buffer): void
  ended(): void
  /** Its message names no address, and `began` says whether a head had come. */
  failed(failure: NetworkFailure): void
}

export interface NetworkFailure {
  /** `late`: it took too long. `away`: no connection, or it broke. `refused`: this address may not be reached. */
  readonly type: 'late' | 'away' | 'refused'
  readonly reason: string
}

export interface Opened {
  /** No more `data` until `resume`: the sender is slowed down. */
  pause(): void
  resume(): void
  /** Closes the connection. */
  abort(): void
}
