import { headersOf, problemIn, request, type HttpAnswer, type Server } from './http.ts'
import { newKey } from './idempotency-key.ts'
import { reads } from './operations.ts'
import type { Positions } from './positions.ts'
import { isFailure, mayPass, pause, waitBefore } from './retry.ts'
import type { CallOptions } from './types.ts'

export interface CallContext {
  readonly server: Server
  readonly positions: Positions
  readonly retries: number
}

/** The key of a call: kept over its retries, so that a command whose answer was lost is not carried out twice. */
export const keyOf = (name: string, { key }: CallOptions): string | undefined =>
  key ?? (reads.has(name) ? undefined : newKey())

/** Calls an operation, again after failures that may pass. */
export async function call(
  context: CallContext,
  name: string,
  input: unknown = {},
  options: CallOptions = {},
): Promise<unknown> {
  const { signal, after, retries = context.retries } = options
  const { positions } = context
  const isRead = reads.has(name)
  const body = JSON.stringify(input)
  const headers = headersOf(context.server)
  headers.set('content-type', 'application/json')
  const key = keyOf(name, options)
  if (key !== undefined) headers.set('idempotency-key', key)
  const init = { method: 'POST', headers, body, signal: signal ?? null }
  return await retrying(retries, signal, async () => {
    const position = isRead ? positions.text(after) : after
    if (position !== undefined) headers.set('hearth-position', position)
    const answer = await request(context.server, `/call/${encodeURIComponent(name)}`, init)
    if (!isRead) positions.note(answer.headers.get('hearth-position'))
    return outputOf(answer)
  })
}

function outputOf(answer: HttpAnswer): unknown {
  const { status, body } = answer
  if (status < 200 || status > 299 || body === undefined) throw problemIn(answer)
  return body
}

async function retrying<T>(retries: number, signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
  signal?.throwIfAborted()
  for (let retry = 1; ; retry += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!isFailure(error) || !mayPass(error) || retry > retries) throw error
      await pause(waitBefore(retry, error), signal)
    }
  }
}
