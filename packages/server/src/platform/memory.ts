import { readFile, readdir } from 'node:fs/promises'

/** Bytes of memory as the system shares them out (PSS); null where it does not tell. */
export interface Memory {
  readonly server: number | null
  readonly postgres: number | null
}

export async function measureMemory(options: { readonly postmaster: number | undefined }): Promise<Memory> {
  const { postmaster } = options
  const [server, postgres] = await Promise.all([
    pssOf(process.pid),
    postmaster === undefined ? null : familyOf(postmaster).then(sumOfPss),
  ])
  return { server, postgres }
}

async function sumOfPss(pids: readonly number[]): Promise<number | null> {
  const parts = await Promise.all(pids.map(pssOf))
  // A backend may end between the listing and the look; the postmaster's own figure is needed.
  if (parts[0] === undefined || parts[0] === null) return null
  return parts.reduce<number>((sum, part) => sum + (part ?? 0), 0)
}

async function pssOf(pid: number): Promise<number | null> {
  const match = /^Pss:\s+(\d+) kB$/m.exec((await readProc(`${pid}/smaps_rollup`)) ?? '')
  return match === null ? null : Number(match[1]) * 1024
}

/** The process and its children: PostgreSQL's have none of their own. */
async function familyOf(parent: number): Promise<readonly number[]> {
  const pids = (await listProc()).filter((name) => /^\d+$/.test(name)).map(Number)
  const parents = await Promise.all(pids.map(parentOf))
  return [parent, ...pids.filter((_, index) => parents[index] === parent)]
}

async function parentOf(pid: number): Promise<number | undefined> {
  const stat = await readProc(`${pid}/stat`)
  // The name in parentheses may hold anything, spaces and parentheses too.
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

const listProc = async (): Promise<readonly string[]> => (await ifThere(readdir('/proc'))) ?? []

const readProc = (path: string): Promise<string | undefined> => ifThere(readFile(`/proc/${path}`, 'latin1'))

/** There may be no /proc here, the process may have ended, or be another user's. */
async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if ((error as { code?: string }).code === undefined) throw error
    return undefined
  }
}
