import { hash } from 'node:crypto'
import { callersTraceIn } from '../correlation.ts'
import type { Sampler } from './sampler.ts'

/** In which trace something is, and under which span of a caller that trace began. */
export interface TraceContext {
  readonly traceId: string
  readonly callersSpan: string | undefined
  readonly isSampled: boolean
}

export interface Contexts {
  contextOf(correlation: string): TraceContext
  /** The same at every time and in every process of this server. */
  spanId(name: string): string
}

/**
 * Traces and spans are named by what is in the log: what runs after a restart, or in another worker, finds the trace that it belongs to
 * and the span that it follows from, and nothing has to be kept for that. `salt` is the server's own, so that two of them have no id in common.
 */
export function createContexts(salt: string, sampler: Sampler): Contexts {
  const named = (what: string, length: number): string => hash('sha256', `${salt} ${what}`, 'hex').slice(0, length)
  return {
    contextOf: (correlation) => {
      const callers = callersTraceIn(correlation)
      const traceId = callers?.traceId ?? named(`trace ${correlation}`, 32)
      const isSampled = sampler(traceId, callers?.isSampled)
      return { traceId, callersSpan: callers?.spanId, isSampled }
    },
    spanId: (name) => named(`span ${name}`, 16),
  }
}
