import type { WireProtocol } from '../protocol.ts'
import { writeFailure } from './errors.ts'
import { createFollower } from './follower.ts'
import { createMeter } from './meter.ts'
import { readRequest } from './read-request.ts'
import { writeAnswer } from './write-answer.ts'
import { writeStream } from './write-stream.ts'

/** `/v1/chat/completions`. */
export const openaiChat: WireProtocol = {
  name: 'openai-chat',
  read: readRequest,
  whole: writeAnswer,
  streaming: writeStream,
  failed: writeFailure,
  meter: createMeter,
  follow: createFollower,
}
