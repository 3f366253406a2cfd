import type { WireFollower } from '../wire/protocol.ts'
import { createSseReader } from '../wire/sse/reader.ts'
import type { Filter } from './whole-events.ts'

const empty = Buffer.alloc(0)

export interface FollowedFilter extends Filter {
  /** Whether whole events alone have gone on: behind half of one nothing can be said that anybody reads. */
  isWhole(): boolean
}

/** Passes events on one by one, and none from the first on that says that the answer failed: another model may go on with it. */
export function followedEvents(events: Filter, follower: WireFollower): FollowedFilter {
  const reader = createSseReader((name, data) => follower.event(name, data))
  let isWhole = true
  const follow = (whole: Buffer): Buffer => {
    let end = 0
    while (end < whole.length && !follower.hasFailed()) {
      const next = endOfEvent(whole, end)
      if (whole[next - 1] !== lineFeed) isWhole = false
      reader.push(whole.subarray(end, next))
      if (!follower.hasFailed()) end = next
    }
    return whole.subarray(0, end)
  }
  return {
    isWhole: () => isWhole,
    push: (chunk) => {
      if (follower.hasFailed()) return empty
      const whole = events.push(chunk)
      return whole.length === 0 ? whole : follow(whole)
    },
    end: () => events.end(),
  }
}

const lineFeed = 10

/** Behind the first blank line from there on. */
function endOfEvent(bytes: Buffer, from: number): number {
  const plain = bytes.indexOf('\n\n', from)
  const carriage = bytes.indexOf('\r\n\r\n', from)
  const ends = [plain === -1 ? bytes.length : plain + 2, carriage === -1 ? bytes.length : carriage + 4]
  return Math.min(...ends)
}
