export interface Piece {
  readonly bytes: Buffer
  readonly number: number
  readonly last: boolean
}

/** What comes, cut anew: pieces of exactly `sizeOf` their number, and what is left, which may be empty where it is the only one. */
export async function* pieces(
  content: AsyncIterable<Buffer>,
  sizeOf: (number: number) => number,
): AsyncGenerator<Piece> {
  let held: Buffer[] = []
  let bytes = 0
  let number = 0
  for await (const part of content) {
    held.push(part)
    bytes += part.length
    if (bytes <= sizeOf(number)) continue
    const all = Buffer.concat(held)
    let at = 0
    // The last one waits: only when more comes is it known not to be the last.
    for (; all.length - at > sizeOf(number); number += 1) {
      const end = at + sizeOf(number)
      yield { bytes: all.subarray(at, end), number, last: false }
      at = end
    }
    held = [all.subarray(at)]
    bytes = all.length - at
  }
  yield { bytes: Buffer.concat(held), number, last: true }
}

const gatheredBytes = 64 * 1024

/** The same in larger parts: the compressor goes to another thread and back for each, whether it holds a row or a thousand. */
export async function* gathered(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = []
  let bytes = 0
  for await (const part of content) {
    held.push(part)
    bytes += part.length
    if (bytes < gatheredBytes) continue
    yield Buffer.concat(held)
    held = []
    bytes = 0
  }
  if (bytes > 0) yield Buffer.concat(held)
}
