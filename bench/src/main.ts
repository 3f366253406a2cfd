import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { BenchResult } from './result.ts'
import { benchFolder } from './root.ts'
import { resultText } from './text.ts'

export interface BenchOptions {
  /** The same figures on less work, in under a minute. */
  readonly quick: boolean
  /** With peers that take their time too; always so where it is not quick. */
  readonly peers: boolean
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

type Benchmark = (options: BenchOptions) => Promise<BenchResult>

/** Loaded when asked for: their dependencies may not be installed before. */
const benchmarks: Readonly<Record<string, () => Promise<{ readonly run: Benchmark }>>> = {
  kernel: () => import('./kernel/kernel.ts'),
  latency: () => import('./latency.ts'),
  overload: () => import('./overload/overload.ts'),
  homes: () => import('./homes/homes.ts'),
  recovery: () => import('./recovery/recovery.ts'),
  replay: () => import('./replay/replay.ts'),
  start: () => import('./start.ts'),
  timers: () => import('./timers/timers.ts'),
  reminders: () => import('./reminders/reminders.ts'),
  watchers: () => import('./watchers/watchers.ts'),
  gateway: () => import('./gateway/gateway.ts'),
  stream: () => import('./stream/stream.ts'),
  breaker: () => import('./breaker/breaker.ts'),
}

const usage = `Usage: npm run bench -- NAME [--quick] [--peers] [--json]
  NAME     ${Object.keys(benchmarks).join(', ')}
  --quick  the same figures on less work, in under a minute, without the peers that take longer
  --peers  with those all the same: the kernel's take a minute, the gateway's two and a half, the stream's five
  --json   one JSON object on standard output; everything else goes to standard error`

/** Exit code 0 when it ran and every acknowledged message was found, 1 when not, 2 for wrong usage, 130 when interrupted. */
async function main(words: readonly string[]): Promise<number> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  const given = read(words)
  if (typeof given === 'string') {
    say(`${given}\n${usage}`)
    return 2
  }
  const interrupt = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => interrupt.abort(new Error(`Interrupted by ${name}.`)))
  install(say)
  const { run } = await given.load()
  try {
    const result = await run({ quick: given.quick, peers: given.peers || !given.quick, signal: interrupt.signal, say })
    process.stdout.write(given.json ? `${JSON.stringify(result)}\n` : resultText(result))
    if (result.acknowledged === result.verified) return 0
    say(`${result.acknowledged} were acknowledged and ${result.verified} are there.`)
    return 1
  } catch (error) {
    if (interrupt.signal.aborted) return 130
    say(error instanceof Error ? (error.stack ?? error.message) : String(error))
    return 1
  }
}

interface Given {
  readonly load: () => Promise<{ readonly run: Benchmark }>
  readonly quick: boolean
  readonly peers: boolean
  readonly json: boolean
}

function read(words: readonly string[]): Given | string {
  try {
    const flag = { type: 'boolean', default: false } as const
    const options = { quick: flag, peers: flag, json: flag }
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true })
    const [name = ''] = positionals
    const load = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined
    if (load === undefined || positionals.length > 1)
      return name === '' ? 'Which benchmark?' : `There is no benchmark ${positionals.join(' ')}.`
    return { load, ...values }
  } catch (error) {
    if (error instanceof TypeError) return error.message
    throw error
  }
}

/** Its dependencies are no part of the product's installation. */
function install(say: (line: string) => void): void {
  const wanted = JSON.parse(readFileSync(join(benchFolder, 'package.json'), 'utf8')) as Manifest
  if (Object.entries(wanted.dependencies ?? {}).every(([name, version]) => installed(name) === version)) return
  say('Installing what the benchmarks need, in bench/ only')
  // Standard output is kept for the result.
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: benchFolder,
    stdio: ['ignore', 2, 2],
  })
}

interface Manifest {
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
}

function installed(name: string): string | null {
  try {
    const manifest = readFileSync(join(benchFolder, 'node_modules', name, 'package.json'), 'utf8')
    return (JSON.parse(manifest) as Manifest).version ?? null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

process.exitCode = await main(process.argv.slice(2))
