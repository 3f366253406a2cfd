import { createContext, Script } from 'node:vm'
import type { Schemas } from './judging.ts'
import { answerRequest, type RenderReply, type RenderRequest } from './rendering.ts'

// A process of its own, for texts that may be anybody's: it can be ended at any moment, and what it uses up is its own. It ends what takes
// too long by itself, so that it does not work on where nobody is left to end it.

const withinMs = 2_000
const call = new Script('answer()')

process.on('message', (request) => {
  void prepared(request as RenderRequest).then((schemas) => process.send?.(answered(request as RenderRequest, schemas)))
})
process.on('disconnect', () => process.exit(0))
process.send?.({ type: 'ready' })

/** Loading it takes longer than all else here. */
async function prepared(request: RenderRequest): Promise<Schemas | undefined> {
  const isNeeded = request.type === 'judge' && request.expectations.some(({ type }) => type === 'schema')
  return isNeeded ? await import('zod') : undefined
}

/** What is called from there ends with it. */
function answered(request: RenderRequest, schemas: Schemas | undefined): RenderReply {
  try {
    const context = createContext({ answer: () => answerRequest(request, schemas) })
    return call.runInContext(context, { timeout: withinMs }) as RenderReply
  } catch (error) {
    const isLate = (error as { readonly code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
    return {
      type: 'failed',
      why: isLate ? 'too-much' : 'failed',
      detail: isLate ? 'it takes too long' : 'it went wrong',
    }
  }
}
