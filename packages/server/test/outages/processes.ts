import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TestStore } from '../log/store.ts'

const placeOf = ({ database }: TestStore): { readonly pid: number; readonly data: string } => {
  const place = database.place()
  if (place === null) throw new Error('this database is not ours')
  return place
}

export const postmaster = (store: TestStore): number => placeOf(store).pid

/** Where the kernel tells the children of a process. */
export const needsProc = {
  skip: existsSync('/proc/self/task') ? false : 'the processes of PostgreSQL are found in /proc',
}

/** The postmaster and all that it has started. */
export function processesOf(store: TestStore): readonly number[] {
  const { pid } = placeOf(store)
  // One that has ended has none.
  const file = `/proc/${pid}/task/${pid}/children`
  const children = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return [pid, ...children.split(' ').filter(Boolean).map(Number)]
}

/** Changes settings of the running PostgreSQL, until disposed. */
export function configure(store: TestStore, settings: string): Disposable {
  const { data } = placeOf(store)
  const file = join(dirname(data), 'postgresql.conf')
  const before = readFileSync(file, 'utf8')
  const reload = (): void => void process.kill(postmaster(store), 'SIGHUP')
  appendFileSync(file, `\n${settings}\n`)
  reload()
  return {
    [Symbol.dispose]: () => {
      writeFileSync(file, before)
      reload()
    },
  }
}
