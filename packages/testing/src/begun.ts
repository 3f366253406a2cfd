import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

// Making a database and its tables is most of what the first start of a server takes. A run of many tests does it once, in data
// folders that those of its tests begin from.

/** The variable of the environment that names their folder. */
export const begunIn = 'HEARTH_TEST_BEGUN'

/** A `home`: a server has been in it. A `store`: a database with its schema, and nobody's. */
export type Begun = 'home' | 'store'

/** What makes another database of a first start. */
const others = ['DATABASE_URL', 'HEARTH_MASTER_KEY', 'HEARTH_POSTGRES_USER']

/** Begins folders for `beginFrom`. Without them each test makes its own, as a user would. */
export async function begin(
  makers: Readonly<Record<Begun, (data: string) => Promise<void>>>,
): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-begun-'))
  const made = Object.entries(makers).map(async ([kind, make]) => {
    const data = join(folder, kind)
    await mkdir(data)
    // Else the database of root's server would be made elsewhere, and not be copied with its folder.
    await chmod(data, 0o755)
    await make(data)
  })
  await chmod(folder, 0o755)
  await Promise.all(made)
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** Makes of an empty data folder one that was begun, where the run of tests has such. `env` is that of the server to come. */
export async function beginFrom(kind: Begun, data: string, env: NodeJS.ProcessEnv): Promise<void> {
  const folder = env[begunIn]
  if (folder === undefined || others.some((name) => env[name] !== undefined)) return
  if (!existsSync(join(folder, kind, 'postgres', 'data', 'PG_VERSION'))) return
  // Node's own copies lose the owner of a file.
  await promisify(execFile)('cp', ['-a', `${join(folder, kind)}/.`, data])
}
