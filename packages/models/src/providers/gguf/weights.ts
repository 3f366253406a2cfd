import { Unreadable, type HeaderReader } from './header-reader.ts'

/** How many weights are written together, and in how many bytes, by the number that a file has for it. */
const blocks: Readonly<Record<number, readonly [weights: number, bytes: number]>> = {
  0: [1, 4],
  1: [1, 2],
  2: [32, 18],
  3: [32, 20],
  6: [32, 22],
  7: [32, 24],
  8: [32, 34],
  9: [32, 36],
  10: [256, 84],
  11: [256, 110],
  12: [256, 144],
  13: [256, 176],
  14: [256, 210],
  15: [256, 292],
  16: [256, 66],
  17: [256, 74],
  18: [256, 98],
  19: [256, 50],
  20: [32, 18],
  21: [256, 110],
  22: [256, 82],
  23: [256, 136],
  24: [1, 1],
  25: [1, 2],
  26: [1, 4],
  27: [1, 8],
  28: [1, 8],
  29: [256, 56],
  30: [1, 2],
  34: [256, 54],
  35: [256, 66],
  39: [32, 17],
}

const mostTensors = 100_000
const mostDimensions = 4
const usualAlignment = 32

/** How long a file has to be to hold its weights; of those in a form that nobody here knows, where they begin. */
export async function endOfWeights(reader: HeaderReader, tensors: number, alignment: unknown): Promise<number> {
  if (tensors > mostTensors) throw new Unreadable('its head is damaged')
  let end = 0
  for (let at = 0; at < tensors; at += 1) {
    await reader.text()
    const dimensions = await reader.number('uint32')
    if (dimensions > mostDimensions) throw new Unreadable('its head is damaged')
    let weights = 1
    for (let one = 0; one < dimensions; one += 1) weights *= await reader.number('uint64')
    const [together, bytes] = blocks[await reader.number('uint32')] ?? [1, 0]
    const begin = await reader.number('uint64')
    end = Math.max(end, begin + (weights / together) * bytes)
  }
  const step = typeof alignment === 'number' && alignment > 0 ? alignment : usualAlignment
  return Math.ceil(reader.position / step) * step + end
}
