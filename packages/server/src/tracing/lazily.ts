import { randomUUID } from 'node:crypto'
import { digest, masterKey } from '@hearth/kernel'
import type { Call } from '../call.ts'
import type { Config } from '../config.ts'
import { callersTraceIn } from '../correlation.ts'
import type { Logger } from '../platform/logs.ts'
import type { Tracing } from './open.ts'
import type { Tracer } from './tracer.ts'

/** Undefined, and nothing loaded, where nobody is told of traces. */
export async function tracingFor(options: {
  readonly config: Config
  readonly log: Logger
  readonly secret: Uint8Array
  readonly worker?: string
}): Promise<Tracing | undefined> {
  const { config, log, secret, worker } = options
  if (config.otelEndpoint === undefined && config.otelTracesEndpoint === undefined) return undefined
  const { openTracing } = await import('./open.ts')
  const salt = digest(masterKey(Buffer.from(secret)), '\ntraces')
  return openTracing({ config, log, salt, ...(worker === undefined ? {} : { worker }) })
}

export const followed =
  (call: Call, tracer: Tracer): Call =>
  async (request) => {
    const began = performance.now()
    const id = randomUUID()
    const answer = await call({ ...request, id })
    tracer.called(request, id, answer, began)
    return answer
  }

/** A caller's trace goes on at whoever is reached, also where Hearth itself follows nothing. */
export function passedOn(correlation: string): string | undefined {
  const trace = callersTraceIn(correlation)
  return trace === null ? undefined : `00-${trace.traceId}-${trace.spanId}-${trace.isSampled ? '01' : '00'}`
}
