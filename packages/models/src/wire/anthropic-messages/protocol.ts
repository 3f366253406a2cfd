import type { WireProtocol } from '../protocol.ts'
import { writeFailed } from './errors.ts'
import { createFollower } from './follower.ts'
import { createMeter } from './meter.ts'
import { read } from './read.ts'
import { createStream } from './stream.ts'
import { writeWhole } from './whole.ts'

export { readHead, readTokenCount, writeTokenCount, type Head } from './read.ts'
export { withBudgetInside } from './thinking.ts'

/** Anthropic's Messages API, `/v1/messages`. */
export const anthropicMessages: WireProtocol = {
  name: 'anthropic-messages',
  read,
  whole: writeWhole,
  streaming: createStream,
  failed: writeFailed,
  meter: createMeter,
  follow: createFollower,
}
