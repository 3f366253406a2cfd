import { writeFailure } from '../openai-chat/errors.ts'
import type { WireFailure } from '../protocol.ts'

/** Cohere’s clients read the words at the top, and those of the others where OpenAI has them. */
export function writeRerankFailure(failure: WireFailure): { readonly status: number; readonly body: object } {
  const { status, body } = writeFailure(failure)
  return { status, body: { message: body.error.message, ...body } }
}
