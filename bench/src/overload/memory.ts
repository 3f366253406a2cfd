import type { ProcessSight } from '../../../packages/testing/src/soak/processes.ts'
import { memoryOf } from '../cost.ts'
import type { Processes } from '../cost.ts'

export interface MemorySample {
  readonly atMs: number
  readonly server: number
  readonly postgres: number
}

const everyMs = 1_000

/** Proportional set sizes while something runs; empty where the system does not tell. */
export async function watchMemory<Result>(
  { server, postgres }: Processes,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly samples: readonly MemorySample[] }> {
  const samples: MemorySample[] = []
  const began = performance.now()
  const look = (): void => {
    const [ours, theirs] = [heldBy(server()), heldBy(postgres())]
    if (ours !== null && theirs !== null)
      samples.push({ atMs: performance.now() - began, server: ours, postgres: theirs })
  }
  const timer = setInterval(look, everyMs)
  try {
    return { result: await work(), samples }
  } finally {
    clearInterval(timer)
  }
}

/** Nothing, where there is nobody. */
const heldBy = (processes: readonly ProcessSight[]): number | null => (processes.length === 0 ? 0 : memoryOf(processes))

const marks = { start: 0, quarter: 0.25, half: 0.5, threeQuarters: 0.75, end: 1 } as const

/** What was held at the start, after each quarter and at the end. */
export function memoryFigures(samples: readonly MemorySample[]): Record<string, number> {
  const figures: Record<string, number> = {}
  for (const [name, share] of Object.entries(marks)) {
    const sample = samples[Math.round((samples.length - 1) * share)]
    if (sample === undefined) continue
    figures[`serverBytes.${name}`] = sample.server
    figures[`postgresBytes.${name}`] = sample.postgres
  }
  return figures
}

/** The mean of the last quarter in times that of the second: while the first runs, buffers and heap come to their size. */
export function growth(samples: readonly MemorySample[]): number | null {
  const quarter = Math.floor(samples.length / 4)
  if (quarter === 0) return null
  return mean(samples.slice(-quarter)) / mean(samples.slice(quarter, 2 * quarter))
}

function mean(samples: readonly MemorySample[]): number {
  return samples.reduce((sum, { server, postgres }) => sum + server + postgres, 0) / samples.length
}
