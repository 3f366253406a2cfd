import { spawn } from 'node:child_process'
import { cp, glob, mkdir, mkdtemp, readFile, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { misused, wordsOf } from '../words.ts'

const usage = `Usage: npm run mutants -- [WORD ...] [--seeds N]
Applies each patch of packages/testing/mutants to a copy of the tree and says which test catches it.
  WORD     only those whose names have one of the words
  --seeds  runs of the simulation against each (400)`

const root = join(import.meta.dirname, '../../../..')
const patches = join(root, 'packages/testing/mutants')
const { values, positionals } = wordsOf(usage, {
  options: { seeds: { type: 'string', default: '400' } },
  allowPositionals: true,
})
if (!/^[1-9]\d{0,8}$/.test(values.seeds)) misused(usage, '--seeds takes a whole number above 0.')

interface Check {
  readonly name: string
  /** Whether it can see a change of these files. */
  sees(files: readonly string[]): boolean
  readonly words: readonly string[]
}

/** A fault may leave something running for ever: what the tests said is enough. */
const tests = (name: string, ...files: readonly string[]): Check => ({
  name,
  sees: () => true,
  words: ['--test', '--test-timeout=60000', '--test-force-exit', ...files],
})
const inKernel = (files: readonly string[]): boolean => files.some((file) => file.startsWith('packages/kernel/'))

const inWorkers = (files: readonly string[]): boolean =>
  files.some((file) => /^packages\/server\/src\/(workers\/|shares\.ts$)/.test(file))

const checks: readonly Check[] = [
  { ...tests('tests of workers', 'packages/server/test/workers/router.test.ts'), sees: inWorkers },
  {
    ...tests(
      'tests of what is watched',
      'packages/server/test/watch/hub.test.ts',
      'packages/server/test/watch/forgetting.test.ts',
      'packages/server/test/store/catching-up.test.ts',
    ),
    sees: (files) => files.some((file) => /server\/src\/(watch|store\/catching-up)/.test(file)),
  },
  {
    name: 'simulation',
    sees: inKernel,
    words: ['packages/testing/src/simulation/main.ts', '--seeds', values.seeds, '--stop-at-first'],
  },
  { ...tests('kernel tests', ...(await found('packages/kernel/test/**/*.test.ts'))), sees: inKernel },
  tests('conformance of the log in PostgreSQL', 'packages/server/test/log/conformance.test.ts'),
  {
    ...tests('tests of views', ...['rebuild', 'follow'].map((name) => `packages/server/test/log/${name}-view.test.ts`)),
    sees: (files) => files.some((file) => file.startsWith('packages/server/src/store/view')),
  },
  tests(
    'tests of the log',
    ...[
      'commit',
      'clock',
      'keys',
      'snapshots',
      'reading',
      'asking',
      'sending',
      'replay',
      'ordered',
      'statements',
      'archive',
      'forgetting',
    ].map((name) => `packages/server/test/log/${name}.test.ts`),
  ),
  tests('flows', 'packages/server/test/flows/flows.test.ts'),
]

async function found(pattern: string): Promise<string[]> {
  return (await Array.fromAsync(glob(pattern, { cwd: root }))).toSorted()
}

/** Far more than any check takes: one that a busy machine cuts short has caught nothing. */
const longestMs = 900_000

interface Ran {
  readonly code: number | null
  readonly output: string
}

function run(command: string, words: readonly string[], cwd: string): Promise<Ran> {
  const child = spawn(command, words, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: longestMs })
  const parts: Buffer[] = []
  child.stdout.on('data', (part: Buffer) => parts.push(part))
  child.stderr.on('data', (part: Buffer) => parts.push(part))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output: Buffer.concat(parts).toString('utf8') }))
  })
}

/** A copy of the sources, whose packages find each other and not those of this tree. */
async function copyTree(to: string): Promise<void> {
  const skipped = /[/\\](node_modules|dist|\.git)$/
  for (const folder of ['packages', 'package.json'])
    await cp(join(root, folder), join(to, folder), { recursive: true, filter: (path) => !skipped.test(path) })
  const modules = join(to, 'node_modules')
  await mkdir(join(modules, '@hearth'), { recursive: true })
  for (const name of await readdir(join(root, 'node_modules')))
    if (name !== '@hearth') await symlink(join(root, 'node_modules', name), join(modules, name))
  for (const name of await readdir(join(to, 'packages')))
    await symlink(join(to, 'packages', name), join(modules, '@hearth', name))
}

type Verdict = { readonly caught: string } | { readonly survived: true } | { readonly unfit: string }

async function tryPatch(patch: string, tree: string): Promise<Verdict> {
  const applied = await run('git', ['apply', patch], tree)
  if (applied.code !== 0) return { unfit: applied.output.trim() }
  try {
    const files = [...(await readFile(patch, 'utf8')).matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, file = '']) => file)
    for (const { name, words } of checks.filter((check) => check.sees(files))) {
      const { code, output } = await run(process.execPath, words, tree)
      if (code === null) return { unfit: `${name}: did not end` }
      if (isBroken(output)) return { unfit: `${name}: ${reasonIn(output)}` }
      if (code !== 0) return { caught: `${name}: ${reasonIn(output)}` }
    }
    return { survived: true }
  } finally {
    await run('git', ['apply', '--reverse', patch], tree)
  }
}

/** Code that cannot run is no fault that somebody might make. */
const isBroken = (output: string): boolean => /^(SyntaxError|ReferenceError)\b/m.test(output)

/** The first line that says what failed. */
function reasonIn(output: string): string {
  const line = /^seed .*$/m.exec(output) ?? /^✖ .*$/m.exec(output) ?? /^.*Error.*$/m.exec(output)
  return (line?.[0] ?? 'it failed').slice(0, 160)
}

const chosen = (await readdir(patches))
  .filter((file) => file.endsWith('.patch'))
  .filter((file) => positionals.length === 0 || positionals.some((word) => file.includes(word)))
  .toSorted()
if (chosen.length === 0) misused(usage, `No patch has ${positionals.join(' or ')} in its name.`)
const tree = await mkdtemp(join(tmpdir(), 'hearth-mutants-'))
const began = performance.now()
let bad = 0
try {
  await copyTree(tree)
  for (const file of chosen) {
    const name = basename(file, '.patch')
    const verdict = await tryPatch(join(patches, file), tree)
    if ('caught' in verdict) console.log(`${name}: caught by ${verdict.caught}`)
    else {
      bad += 1
      console.log('unfit' in verdict ? `${name}: UNFIT\n${verdict.unfit}` : `${name}: SURVIVED`)
    }
  }
} finally {
  await rm(tree, { recursive: true, force: true })
}
const seconds = ((performance.now() - began) / 1000).toFixed(0)
console.log(`${chosen.length} mutants, ${chosen.length - bad} caught, ${bad} not, ${seconds} s`)
process.exitCode = bad === 0 && chosen.length > 0 ? 0 : 1
