import { readFileSync, readdirSync, readlinkSync } from 'node:fs'

/** What the system tells of processes through /proc; on systems without it everything is unknown or empty. */
export interface ProcessSight {
  readonly pid: number
  readonly parent: number
  readonly name: string
  /** Ticks since the machine started: with the pid it names a process for good. */
  readonly started: number
  readonly cpuTicks: number
}

export function sight(pid: number): ProcessSight | null {
  const stat = readOrNull(`/proc/${pid}/stat`)
  if (stat === null) return null
  // The name stands in brackets and may itself hold brackets and spaces.
  const close = stat.lastIndexOf(')')
  const fields = stat.slice(close + 2).split(' ')
  const field = (index: number): number => Number(fields[index] ?? 0)
  if (fields[0] === 'Z' || fields[0] === 'X') return null
  return {
    pid,
    parent: field(1),
    name: stat.slice(stat.indexOf('(') + 1, close),
    started: field(19),
    cpuTicks: field(11) + field(12) + field(13) + field(14),
  }
}

export function children(pid: number): ProcessSight[] {
  return everyProcess().filter((process) => process.parent === pid)
}

/** The process itself and all below it. */
export function family(pid: number): ProcessSight[] {
  const every = everyProcess()
  const found = every.filter((process) => process.pid === pid)
  for (const member of found) found.push(...every.filter((process) => process.parent === member.pid))
  return found
}

export function commandLine(pid: number): string {
  return (readOrNull(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim()
}

export function programOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`)
  } catch (error) {
    return unlessGone(error)
  }
}

/** Proportional set size in bytes of all the processes named; null where the system does not tell. */
export function proportionalMemory(pids: readonly number[]): number | null {
  let sum: number | null = null
  for (const pid of pids) {
    const kilobytes = /^Pss:\s+(\d+) kB/m.exec(readOrNull(`/proc/${pid}/smaps_rollup`) ?? '')?.[1]
    if (kilobytes !== undefined) sum = (sum ?? 0) + Number(kilobytes) * 1024
  }
  return sum
}

export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
  return readOrNull('/proc/self/stat') === null || sight(pid) !== null
}

/** True when the signal was sent, false when the process had gone. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

function everyProcess(): ProcessSight[] {
  const names = listOrEmpty('/proc').filter((name) => /^\d+$/.test(name))
  return names.map((name) => sight(Number(name))).filter((process) => process !== null)
}

function listOrEmpty(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    return unlessGone(error) ?? []
  }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    return unlessGone(error)
  }
}

function unlessGone(error: unknown): null {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR'].includes(code)) return null
  throw error
}
