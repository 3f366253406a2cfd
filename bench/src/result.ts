import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem, type } from 'node:os'
import { root } from './root.ts'

export interface Figure {
  readonly min: number
  readonly median: number
  readonly max: number
}

export type Figures = Readonly<Record<string, Figure>>

export interface Aim {
  readonly name: string
  readonly aim: string
  readonly value: number
  readonly met: boolean
}

/** The one object that `--json` prints. */
export interface BenchResult {
  readonly schema: 1
  readonly name: string
  readonly commit: string
  readonly machine: Machine
  readonly settings: Readonly<Record<string, unknown>>
  readonly ours: Figures
  readonly peers: Readonly<Record<string, Figures | { readonly absent: string }>>
  readonly aims: readonly Aim[]
  readonly acknowledged: number
  readonly verified: number
}

export interface Machine {
  readonly system: string
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly node: string
}

export function describeMachine(): Machine {
  const cores = cpus()
  return {
    system: `${type()} ${release()}`,
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryBytes: totalmem(),
    node: process.version,
  }
}

/** The commit that was measured, with `+changes` when the tree differs from it. */
export function currentCommit(): string {
  const git = (...words: string[]): string => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim()
  const commit = git('rev-parse', 'HEAD')
  return git('status', '--porcelain') === '' ? commit : `${commit}+changes`
}

export function figureOf(values: readonly number[]): Figure {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)] ?? 0
  const lower = sorted[Math.ceil(middle) - 1] ?? upper
  return { min: round(sorted[0] ?? 0), median: round((lower + upper) / 2), max: round(sorted.at(-1) ?? 0) }
}

/** One figure of each name over all rounds; a round that lacks it is left out of it. */
export function figuresOf(rounds: readonly Readonly<Record<string, number | null>>[]): Figures {
  const names = new Set(rounds.flatMap((each) => Object.keys(each)))
  const figures: Record<string, Figure> = {}
  for (const name of names) {
    const values = rounds.map((each) => each[name]).filter((value) => typeof value === 'number')
    if (values.length > 0) figures[name] = figureOf(values)
  }
  return figures
}

export function atLeast(name: string, aim: number, value: number): Aim {
  return { name, aim: `>= ${aim}`, value: round(value), met: value >= aim }
}

export function atMost(name: string, aim: number, value: number): Aim {
  return { name, aim: `<= ${aim}`, value: round(value), met: value <= aim }
}

function round(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}
