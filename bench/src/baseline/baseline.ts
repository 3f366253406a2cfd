import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { family } from '../../../packages/testing/src/soak/processes.ts'
import type { Target } from '../kernel/measure.ts'
import { openStore } from '../store.ts'
import { startCluster } from './cluster.ts'
import type { ClusterRecipe } from './cluster.ts'

/** The hand-written server on a PostgreSQL like Hearth's, ready to be measured. */
export async function startBaseline(folder: string, recipe: ClusterRecipe): Promise<Target & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const cluster = stack.use(await startCluster(join(folder, 'b'), recipe))
  const child = fork(fileURLToPath(new URL('./server.ts', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  stack.defer(async () => {
    if (child.connected) child.disconnect()
    await exited
  })
  child.send(cluster.address)
  const died = exited.then((): never => {
    throw new Error('The baseline server died.')
  })
  const [{ port }] = (await Promise.race([once(child, 'message'), died])) as [{ port: number }]
  died.catch(() => undefined)
  const pid = child.pid
  if (pid === undefined) throw new Error('The baseline server did not start.')
  const store = stack.use(openStore(cluster.address, (sql) => sql`select count(*)::text as count from events`))
  const owned = stack.move()
  return {
    port,
    path: '/record',
    headers: { 'content-type': 'application/json' },
    store,
    processes: { server: () => family(pid), postgres: () => family(cluster.pid) },
    settled: null,
    loopDelayMs: null,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
