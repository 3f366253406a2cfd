import { proportionalMemory } from '../../packages/testing/src/soak/processes.ts'
import type { ProcessSight } from '../../packages/testing/src/soak/processes.ts'

export interface Processes {
  readonly server: () => readonly ProcessSight[]
  readonly postgres: () => readonly ProcessSight[]
}

export interface Cpu {
  readonly serverSeconds: number
  readonly postgresSeconds: number
}

// Linux counts processor time in hundredths of a second on every machine that Node runs on.
const ticksPerSecond = 100

/** Processor time used so far. Children that ended count with the parent that waited for them. */
export function cpuOf({ server, postgres }: Processes): Cpu {
  return { serverSeconds: secondsOf(server()), postgresSeconds: secondsOf(postgres()) }
}

function secondsOf(processes: readonly ProcessSight[]): number {
  return processes.reduce((sum, process) => sum + process.cpuTicks, 0) / ticksPerSecond
}

export function memoryOf(processes: readonly ProcessSight[]): number | null {
  return proportionalMemory(processes.map((process) => process.pid))
}
