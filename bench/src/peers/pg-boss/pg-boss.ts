import { family } from '../../../../packages/testing/src/soak/processes.ts'
import { startCluster } from '../../baseline/cluster.ts'
import type { ClusterRecipe } from '../../baseline/cluster.ts'
import { openStore } from '../../store.ts'
import type { BatchLimits } from '../batches.ts'
import { frontPath, json } from '../peer.ts'
import type { Peer, RunningPeer } from '../peer.ts'
import { startProcess } from '../process.ts'
import { queue } from './queue.ts'
import type { PgBossPlan } from './server.ts'

// 1,000 jobs at once, one worker, and being told of jobs instead of asking for them were tried too: all slower.
const work = { connections: 10, workers: 2, jobsAtOnce: 500, pollingSeconds: 0.5 }
const counted = 'rows of events; jobs of state completed'
const rest =
  'a worker of the same process completes the jobs hundreds at a time; no seal, no chain, no roles, and the front checks no caller'

// A transaction each: 10 and 28 connections were tried too. Together: one writer was tried too.
const each: BatchLimits = { writers: 20, largest: 1 }
const together: BatchLimits = { writers: 2, largest: 512 }

/** As its documentation shows: the job is created in the transaction of the request. */
export const pgBoss: Peer = {
  name: 'pg-boss',
  differs: `a transaction a message writes a key, 3 event rows, a view row and a job, the effect; ${rest}`,
  settings: { ...work, ...each, counted },
  start: (folder, recipe) => start(folder, recipe, each),
}

/** The same on the hand-written baseline's group commit, which pg-boss itself does not bring. */
export const pgBossTogether: Peer = {
  name: 'pg-boss-batched',
  differs: `as pg-boss, but up to 512 requests share a transaction and one insert of jobs, in code that the user writes; ${rest}`,
  settings: { ...work, ...together, counted },
  start: (folder, recipe) => start(folder, recipe, together),
}

async function start(folder: string, recipe: ClusterRecipe, batches: BatchLimits): Promise<RunningPeer> {
  await using stack = new AsyncDisposableStack()
  const cluster = stack.use(await startCluster(folder, recipe))
  const plan: PgBossPlan = { address: cluster.address, batches, ...work }
  const server = stack.use(await startProcess(new URL('./server.ts', import.meta.url), plan))
  const store = stack.use(openStore(cluster.address, (sql) => sql`select count(*)::text as count from events`))
  const owned = stack.move()
  return {
    port: server.port,
    path: frontPath,
    headers: json,
    store,
    processes: { server: server.family, postgres: () => family(cluster.pid) },
    settled: () =>
      store.count(
        (sql) => sql`select count(*)::text as count from pgboss.job where name = ${queue} and state = 'completed'`,
      ),
    owed: () =>
      store.count(
        (sql) => sql`select count(*)::text as count from pgboss.job where name = ${queue} and state < 'completed'`,
      ),
    loopDelayMs: server.loopDelayMs,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
