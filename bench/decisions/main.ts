import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import type { BenchOptions } from '../src/main.ts'
import { currentCommit, describeMachine, type BenchResult } from '../src/result.ts'
import { runMicro } from './measure/run-micro.ts'
import { runVariant, type Workload } from './measure/run-variant.ts'
import { figuresByVariant, table, type Outcome } from './report.ts'
import { groupOf, type Micro, type Variant } from './variant.ts'
import { all, base, isMicro } from './variants/index.ts'

export interface DecisionOptions extends BenchOptions {
  /** Names of variants, or of groups of them; all when it is absent. */
  readonly only?: readonly string[]
  readonly seconds?: number
  readonly streams?: number
  /** Whose node_modules hold TypeBox and Valibot. */
  readonly libraries?: string
}

type Entry = Variant | Micro

/** The measurements behind the format of the data: each variant through the whole server, the product first, midway and last. */
export async function run(options: DecisionOptions): Promise<BenchResult> {
  const { quick, seconds = quick ? 3 : 8, streams = 20_000, libraries = '', say, signal } = options
  const chosen = choose(options.only)
  const workload: Workload = { connections: 256, streams, seconds }
  const outcomes: Outcome[] = []
  const order = withBase(chosen)
  for (const [index, entry] of order.entries()) {
    signal.throwIfAborted()
    say(`${index + 1} of ${order.length}: ${entry.name}`)
    const outcome = await measure(entry, workload, libraries)
    outcomes.push(outcome)
    say(summary(outcome))
  }
  say(`\n${table(outcomes)}`)
  const result = resultOf(outcomes, order, workload)
  const wrong = outcomes.filter(isWrong).map(({ name }) => name)
  if (wrong.length === 0) return result
  // What was measured is not lost with what could not be.
  say(JSON.stringify(result))
  throw new Error(`Failed, or with figures that say nothing: ${wrong.join(', ')}`)
}

const isWrong = (outcome: Outcome): boolean =>
  outcome.type === 'failed' || (outcome.type === 'measured' && outcome.measured.trouble.length > 0)

function resultOf(outcomes: readonly Outcome[], order: readonly Entry[], workload: Workload): BenchResult {
  const measured = outcomes.flatMap((outcome) => (outcome.type === 'measured' ? [outcome.measured] : []))
  const absent = outcomes.flatMap((outcome) => ('reason' in outcome ? [outcome] : []))
  return {
    schema: 1,
    name: 'decisions',
    commit: currentCommit(),
    machine: describeMachine(),
    settings: { ...workload, order: order.map(({ name }) => name), variants: described(order) },
    ours: figuresByVariant(outcomes),
    peers: Object.fromEntries(absent.map(({ name, reason }) => [name, { absent: reason }])),
    aims: [],
    acknowledged: measured.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    verified: measured.reduce((sum, { verified }) => sum + verified, 0),
  }
}

function choose(only: readonly string[] | undefined): readonly Entry[] {
  if (only === undefined) return all
  const unknown = only.filter((name) => ![base, ...all].some((entry) => isNamed(entry, name)))
  if (unknown.length > 0)
    throw new Error(`There is no ${unknown.join(', ')}. There are: ${all.map(({ name }) => name).join(', ')}`)
  return all.filter((entry) => only.some((name) => isNamed(entry, name)))
}

const isNamed = (entry: Entry, name: string): boolean => entry.name === name || groupOf(entry) === name

/** The base before, amid and after the variants, so that a machine that drifts is noticed. */
function withBase(chosen: readonly Entry[]): readonly Entry[] {
  const variants = chosen.filter((entry) => !isMicro(entry))
  const micros = chosen.filter(isMicro)
  if (variants.length === 0 && micros.length > 0) return micros
  const half = Math.ceil(variants.length / 2)
  const middle = variants.length > 1 ? [base] : []
  return [base, ...variants.slice(0, half), ...middle, ...variants.slice(half), base, ...micros]
}

async function measure(entry: Entry, workload: Workload, libraries: string): Promise<Outcome> {
  const { name } = entry
  try {
    if (!isMicro(entry) && entry.needs !== undefined && !isInstalled(entry.needs))
      return { type: 'absent', name, reason: `${entry.needs} is not installed in bench/` }
    if (isMicro(entry)) return { type: 'micro', name, micros: await runMicro(entry, [libraries]) }
    return { type: 'measured', name, measured: await runVariant(entry, workload) }
  } catch (error) {
    // The others are measured nevertheless; the run fails at its end.
    return { type: 'failed', name, reason: error instanceof Error ? error.message : String(error) }
  }
}

function isInstalled(name: string): boolean {
  try {
    return import.meta.resolve(name) !== ''
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return false
    throw error
  }
}

function summary(outcome: Outcome): string {
  switch (outcome.type) {
    case 'measured': {
      const { figures, acknowledged, verified, trouble } = outcome.measured
      const rates = `${Math.round(figures['acknowledgedPerSecond'] ?? 0)}/s acknowledged, ${Math.round(figures['settledPerSecond'] ?? 0)}/s settled`
      return ['  ' + rates, `${acknowledged} acknowledged and ${verified} verified`, ...trouble].join('; ')
    }
    case 'micro':
      return `  ${Object.keys(outcome.micros).length} figures`
    case 'absent':
    case 'failed':
      return `  ${outcome.type}: ${outcome.reason}`
  }
}

const described = (entries: readonly Entry[]): Record<string, string> =>
  Object.fromEntries(
    entries.map(({ name, about, unfair }) => [name, unfair === undefined ? about : `${about} ${unfair}`]),
  )

async function command(words: readonly string[]): Promise<number> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const options = { only: text, seconds: text, streams: text, libraries: text, json: flag, quick: flag } as const
  const { values } = parseArgs({ args: [...words], options })
  const interrupt = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => interrupt.abort(new Error(`Interrupted by ${name}.`)))
  const { only, seconds, streams, libraries, quick } = values
  const result = await run({
    quick,
    say,
    signal: interrupt.signal,
    ...(only === undefined ? {} : { only: only.split(',') }),
    ...(seconds === undefined ? {} : { seconds: Number(seconds) }),
    ...(streams === undefined ? {} : { streams: Number(streams) }),
    ...(libraries === undefined ? {} : { libraries }),
  })
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`)
  return result.acknowledged === result.verified ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await command(process.argv.slice(2))
