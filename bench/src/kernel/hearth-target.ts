import type { Hearth } from '../hearth.ts'
import type { Store } from '../store.ts'
import type { Target } from './measure.ts'

export function hearthTarget(hearth: Hearth, store: Store): Target {
  return {
    port: hearth.port,
    path: '/api/v1/call/probe.record',
    headers: hearth.headers,
    store,
    processes: hearth.processes,
    settled: async () => Number((await hearth.call('probe.read', {}))['settled']),
    loopDelayMs: async () => Number((await hearth.status())['loopDelayP99Ms']),
  }
}
