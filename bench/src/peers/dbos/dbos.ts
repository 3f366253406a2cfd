import { family } from '../../../../packages/testing/src/soak/processes.ts'
import { startCluster } from '../../baseline/cluster.ts'
import { openStore } from '../../store.ts'
import { frontPath, json } from '../peer.ts'
import type { Peer } from '../peer.ts'
import { startProcess } from '../process.ts'
import type { DbosPlan } from './server.ts'

// 4 and 2, 10 and 4, 10 and 10, 28 and 8 were slower. Hearth's settings allow forty connections.
const settings = { systemConnections: 20, stepConnections: 10 }

export const dbos: Peer = {
  name: 'dbos',
  differs:
    'a workflow a message, its id the idempotency key: one step writes 3 event rows and a view row under a unique key, another runs the effect; the request is answered when the first step has committed; no queue, which would poll; no seal, no chain, no roles, and the front checks no caller',
  settings: { ...settings, counted: 'rows of events; workflows of status SUCCESS' },
  start: async (folder, recipe) => {
    await using stack = new AsyncDisposableStack()
    const cluster = stack.use(await startCluster(folder, recipe))
    const plan: DbosPlan = { address: cluster.address, ...settings }
    const server = stack.use(await startProcess(new URL('./server.ts', import.meta.url), plan))
    const store = stack.use(openStore(cluster.address, (sql) => sql`select count(*)::text as count from events`))
    const workflows = (status: string): Promise<number> =>
      store.count((sql) => sql`select count(*)::text as count from dbos.workflow_status where status = ${status}`)
    const owned = stack.move()
    return {
      port: server.port,
      path: frontPath,
      headers: json,
      store,
      processes: { server: server.family, postgres: () => family(cluster.pid) },
      settled: () => workflows('SUCCESS'),
      owed: () => workflows('PENDING'),
      loopDelayMs: server.loopDelayMs,
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    }
  },
}
