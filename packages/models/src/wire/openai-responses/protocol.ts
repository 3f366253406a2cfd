import { writeFailure } from '../openai-chat/errors.ts'
import type { WireProtocol } from '../protocol.ts'
import { createFollower } from './follower.ts'
import { createMeter } from './meter.ts'
import { readRequest } from './read.ts'
import { writeStream } from './stream.ts'
import { writeWhole } from './whole.ts'

/** `/v1/responses`. Its errors have the form of `/v1/chat/completions`. */
export const openaiResponses: WireProtocol = {
  name: 'openai-responses',
  read: readRequest,
  whole: writeWhole,
  streaming: (asked, facts) => writeStream(asked, facts),
  failed: writeFailure,
  meter: createMeter,
  follow: createFollower,
}
