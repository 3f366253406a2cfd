/** Bytes of a line that has not come to its end. */
export interface Hold {
  readonly length: number
  keep(bytes: Uint8Array): void
  /** What was kept, and `more` behind it. Nothing is kept any more; the result is good until the next `keep`. */
  take(more: Buffer): Buffer
  /** Keeps this one byte in place of what was kept. */
  replace(byte: number): void
}

/** One buffer that doubles: a list of chunks would cost a hundred times its bytes where they come one by one. */
export function createHold(): Hold {
  let buffer = Buffer.alloc(0)
  let length = 0
  const keep = (bytes: Uint8Array): void => {
    const needed = length + bytes.length
    if (needed > buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(1024, needed, Math.min(buffer.length * 2, needed + 1_048_576)))
      buffer.copy(larger, 0, 0, length)
      buffer = larger
    }
    buffer.set(bytes, length)
    length = needed
  }
  return {
    get length() {
      return length
    },
    keep,
    take: (more) => {
      if (length === 0) return more
      keep(more)
      const taken = buffer.subarray(0, length)
      length = 0
      // What one long line needed is not kept for the short ones behind it.
      if (buffer.length > 65_536) buffer = Buffer.alloc(0)
      return taken
    },
    replace: (byte) => {
      buffer = Buffer.of(byte)
      length = 1
    },
  }
}
