import { setMaxListeners } from 'node:events'
import { parseOptions, usage } from './options.ts'
import type { SoakOptions } from './options.ts'
import { reportText } from './report.ts'
import { runSoak } from './run.ts'

/** Exit code 0 when everything holds, 1 when not, 2 for wrong usage, 130 when interrupted. */
async function main(words: readonly string[]): Promise<number> {
  const options = read(words)
  if (options === null) return 2
  const interrupt = new AbortController()
  // Every waiting client listens to it.
  setMaxListeners(0, interrupt.signal)
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => interrupt.abort(new Error(`Interrupted by ${name}.`)))
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  const report = await runSoak(options, interrupt.signal, say)
  if (report === null) return 130
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : reportText(report))
  return report.holds ? 0 : 1
}

function read(words: readonly string[]): SoakOptions | null {
  try {
    return parseOptions(words)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    process.stderr.write(`${error.message}\n${usage}\n`)
    return null
  }
}

process.exitCode = await main(process.argv.slice(2))
