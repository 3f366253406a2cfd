import { model } from '../upstream/protocol.ts'
import { chatPath, json } from './gateway.ts'
import type { Gateway } from './gateway.ts'

/** Nothing between: what all others add is added to this. */
export const direct = {
  name: 'direct',
  differs: 'the upstream itself, a program of the bench on raw sockets: it checks nobody and counts nothing',
  settings: {},
  start: async (_folder, upstream) => ({
    port: upstream.port,
    path: chatPath,
    headers: { ...json, authorization: 'Bearer sk-of-the-upstream' },
    model,
    processes: { server: upstream.family, postgres: () => [] },
    startMs: null,
    loopDelayMs: null,
    [Symbol.asyncDispose]: async () => undefined,
  }),
} as const satisfies Gateway
