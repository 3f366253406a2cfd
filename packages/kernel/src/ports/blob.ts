/** SHA-256 of the content, in lower-case hexadecimal. */
export type BlobHash = string

export interface BlobEntry {
  readonly hash: BlobHash
  readonly size: number
  /** When it was last put, in milliseconds since 1970: retention spares what was put again meanwhile. */
  readonly at: number
}

/** Content that is too large for the log, kept under its hash. Where two put the same, there is one. */
export interface Blob {
  /**
   * Resolves when the content would survive a loss of power. Rejects with `blob.too-large` beyond the limit, and with what the
   * content itself throws; nothing is kept then, and nothing half written is ever seen.
   */
  put(content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<BlobEntry>
  /**
   * The content from its start; null when it is not there. What cannot be read whole and unchanged ends in `blob.damaged`, at the
   * latest after its last part.
   */
  get(hash: BlobHash): Promise<AsyncIterable<Uint8Array> | null>
  find(hash: BlobHash): Promise<BlobEntry | null>
  /** Whether it was there. Whoever reads it already reads it to its end, or is told that it is damaged. */
  delete(hash: BlobHash): Promise<boolean>
  /** In order of hash, after `after`, at most `limit`. */
  list(after: BlobHash | null, limit: number): Promise<readonly BlobEntry[]>
}

export const isBlobHash = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)
