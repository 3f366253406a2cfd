import type { Fetch } from '../../../src/provider.ts'

/** Where a body of so many bytes is cut. */
export type Cut = (bytes: Buffer) => readonly number[]

export const nowhere: Cut = () => []
export const everywhere: Cut = ({ length }) => Array.from({ length: Math.max(length - 1, 0) }, (_, index) => index + 1)

/** Before, within and behind the end of each line. */
export const aroundLines: Cut = (bytes) =>
  [...bytes.keys()].filter((at) => [bytes[at - 1], bytes[at], bytes[at - 2]].includes(10) && at > 0)

export const at =
  (place: number): Cut =>
  () => [place]

/** As many places as asked, the same for the same seed. */
export const anywhere =
  (seed: number, count: number): Cut =>
  ({ length }) => {
    let state = seed
    const places = Array.from({ length: count }, () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return 1 + (state % Math.max(length - 1, 1))
    })
    return [...new Set(places)].toSorted((a, b) => a - b)
  }

/** A `fetch` whose bodies come in other pieces than the network made of them. */
export const cutting =
  (fetch: Fetch, cut: Cut): Fetch =>
  async (input, init) => {
    const response = await fetch(input, init)
    if (cut === nowhere) return response
    const body = Buffer.from(await response.arrayBuffer())
    const places = cut(body).filter((place) => place > 0 && place < body.length)
    let [from, next] = [0, 0]
    const pieces = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const to = places[next++] ?? body.length
        if (to > from) controller.enqueue(body.subarray(from, to))
        from = to
        if (from >= body.length) controller.close()
      },
    })
    const { status, headers } = response
    return new Response(pieces, { status, headers })
  }
