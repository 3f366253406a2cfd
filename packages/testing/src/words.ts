import { parseArgs, type ParseArgsConfig } from 'node:util'

/** The words after a command. Says how it is used, and ends, where they ask for it or are not understood: 0 or 2. */
export function wordsOf<Config extends ParseArgsConfig>(
  usage: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  const words = process.argv.slice(2)
  if (words.includes('--help') || words.includes('-h')) {
    process.stdout.write(`${usage}\n`)
    process.exit(0)
  }
  try {
    return parseArgs(config)
  } catch (error) {
    return misused(usage, error instanceof Error ? error.message : String(error))
  }
}

export function misused(usage: string, why: string): never {
  process.stderr.write(`${why}\n${usage}\n`)
  process.exit(2)
}
