import { glob, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { beginFolders } from './begin.ts'
import { together } from './together.ts'

// npm test runs every test file, those that start something in processes of their own; npm test -- cli store runs those whose path has one of the words.

const root = join(import.meta.dirname, '..')
const words = process.argv.slice(2)

/** What hangs is cut. Some of what runs in .ci/run alone takes minutes where others work on the same machine. */
const longestTestMs = process.env['HEARTH_TEST_LONG'] === undefined ? 120_000 : 300_000

/** From so many files on it is worth while to begin once what each would begin. */
const many = 10

// What a developer's shell sets for a server of theirs must not reach a test's.
for (const name of Object.keys(process.env)) {
  if (/^(HEARTH_(?!TEST_)|DATABASE_URL$|PG)/.test(name)) delete process.env[name]
}

const found = await Array.fromAsync(glob('packages/*/test/**/*.test.ts', { cwd: root }))
const named = found.filter((file) => words.length === 0 || words.some((word) => file.includes(word))).toSorted()

/** A file that begins with this runs where it is named, and in .ci/run. */
const isLong = async (file: string): Promise<boolean> =>
  (await readFile(join(root, file), 'utf8')).startsWith('// long: ')

const runsAll = words.length > 0 || process.env['HEARTH_TEST_LONG'] !== undefined
const left = new Set<string>()
for (const file of named) if (!runsAll && (await isLong(file))) left.add(file)
const files = named.filter((file) => !left.has(file))
if (left.size > 0) console.log(`HEARTH_TEST_LONG is not set, as .ci/run does: ${left.size} files are left out.\n`)

if (files.length === 0) {
  console.error(`No test file has ${words.join(' or ')} in its path.`)
  process.exitCode = 2
} else {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      process.exitCode = 1
      stopping.abort()
    })
  }
  const areMany = files.length >= many
  await using _begun = areMany ? await beginFolders(root) : undefined
  await using shared = areMany ? await together(root, files) : undefined
  const paths = shared?.files ?? files.map((file) => join(root, file))
  const results = run({
    cwd: root,
    // The longest lie at the end: begun first, they do not keep all others waiting for them alone.
    files: paths.toReversed(),
    // Many a test waits for what is killed or comes due: two more than there are processors keep these busy.
    concurrency: Math.max(2, availableParallelism()) + 2,
    timeout: longestTestMs,
    execArgv: ['--import', import.meta.resolve('./leak-guard.ts')],
    signal: stopping.signal,
  })
  results.on('test:fail', () => {
    process.exitCode = 1
  })
  await pipeline(results, new spec(), process.stdout, { end: false })
}
