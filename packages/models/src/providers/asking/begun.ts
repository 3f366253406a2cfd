import type { ModelError } from '../../failure.ts'
import type { ChatPart } from '../../language.ts'
import { isOutput, type Parts } from './parts.ts'

/** What is behind the parts. */
export interface Source {
  /** The answer has begun: what is read from now on is not kept by anyone in between. */
  begun(): void
  /** Closes the connection. */
  close(): void
}

/** How long the rest of a connection is waited for behind the end of the answer. */
const restWithinMs = 1000

/** The stream of an answer once it has begun. Rejects with the `ModelError` of one that fails before. */
export async function begun(parts: Parts, source: Source): Promise<ReadableStream<ChatPart>> {
  const first: ChatPart[] = []
  for (let hasBegun = false; !hasBegun;) {
    const part = await parts.next()
    if (part === null) break
    if (part.type === 'error') throw part.error as ModelError
    first.push(part)
    hasBegun = isOutput(part)
  }
  source.begun()
  return streamOf(first, parts, source)
}

function streamOf(first: ChatPart[], parts: Parts, source: Source): ReadableStream<ChatPart> {
  const end = (controller: ReadableStreamDefaultController<ChatPart>): void => {
    controller.close()
    if (parts.over === 'failed') source.close()
    else void release(parts, source)
  }
  return new ReadableStream<ChatPart>(
    {
      pull: async (controller) => {
        const part = first.shift() ?? (await parts.next())
        if (part !== null) controller.enqueue(part)
        if (part === null || (first.length === 0 && parts.over !== null)) end(controller)
      },
      cancel: () => source.close(),
    },
    { highWaterMark: 0 },
  )
}

/** The connection can serve again once it has been read to its end; one that goes on is closed. */
async function release(parts: Parts, source: Source): Promise<void> {
  const timer = setTimeout(() => source.close(), restWithinMs)
  await parts.drain()
  clearTimeout(timer)
}
