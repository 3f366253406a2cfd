import { family } from '../../../../packages/testing/src/soak/processes.ts'
import { eventsPerMessage } from '../../kernel/measure.ts'
import { json } from '../peer.ts'
import type { Peer } from '../peer.ts'
import { startProcess } from '../process.ts'
import { sizeBelow } from '../size.ts'
import { messages, objectName, succeeded } from './object.ts'
import { restateProgram, startRestate } from './program.ts'

// 2, 4, 8 and 24 (its default) partitions were tried too, larger batches of commands, its older local log, lazy state,
// and the effect as a message to a service of its own: all slower.
const settings = ['default-num-partitions = 1']

export const restate: Peer = {
  name: 'restate',
  differs:
    'an object a stream, asked at Restate’s own ingress without another front: its state holds the 3 events in one entry and the view row in another, the effect is a journaled step of the same invocation, and the request is answered when that has settled too; the events have no time; no seal, no chain, no roles, and nobody’s key is checked',
  settings: {
    settings,
    fsync: 'on, its default',
    counted: 'entries of state by its own SQL, 3 events each; invocations that succeeded',
  },
  start: async (folder) => {
    const program = restateProgram()
    if (program === null) return { absent: 'bench/node_modules holds no Restate server for this system' }
    await using stack = new AsyncDisposableStack()
    const server = stack.use(await startRestate(program, folder, settings))
    const handlers = stack.use(await startProcess(new URL('./server.ts', import.meta.url), {}))
    await server.register(handlers.port)
    const owned = stack.move()
    return {
      port: server.ingress,
      path: `/${objectName}/s{{stream}}/record`,
      headers: json,
      store: {
        events: async () => (await server.count(messages)) * eventsPerMessage,
        diskBytes: () => sizeBelow(folder),
        walBytes: async () => null,
        [Symbol.asyncDispose]: async () => undefined,
      },
      storeName: 'restate',
      processes: { server: handlers.family, postgres: () => family(server.pid) },
      settled: () => server.count(succeeded),
      // The answer waited for the effect.
      owed: async () => 0,
      loopDelayMs: handlers.loopDelayMs,
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    }
  },
}
