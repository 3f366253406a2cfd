import { spawn } from 'node:child_process'
import { join } from 'node:path'

// Everything that can be said about the tree without running it: npm run check. With --fix it mends what can be mended.

const root = join(import.meta.dirname, '..')
const fix = process.argv.includes('--fix')

interface Check {
  readonly name: string
  readonly words: readonly string[]
}

const checks: readonly Check[] = [
  { name: 'format', words: ['node_modules/oxfmt/bin/oxfmt', fix ? '--write' : '--list-different', '.'] },
  {
    name: 'lint',
    words: ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings', ...(fix ? ['--fix'] : [])],
  },
  { name: 'types', words: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'] },
  { name: 'generated files', words: ['scripts/generate.ts', ...(fix ? [] : ['--check'])] },
]

interface Outcome {
  readonly code: number | null
  readonly output: string
}

function run({ words }: Check): Promise<Outcome> {
  const child = spawn(process.execPath, words, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const parts: Buffer[] = []
  child.stdout.on('data', (part: Buffer) => parts.push(part))
  child.stderr.on('data', (part: Buffer) => parts.push(part))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output: Buffer.concat(parts).toString('utf8').trim() }))
  })
}

const began = performance.now()
// What mends files must not do so at the same time as another.
const outcomes: Outcome[] = []
if (fix) for (const check of checks) outcomes.push(await run(check))
else outcomes.push(...(await Promise.all(checks.map(run))))

for (const [index, { code, output }] of outcomes.entries()) {
  const name = checks[index]?.name
  console.log(code === 0 ? `${name}: good` : `${name}: failed\n${output}\n`)
}
const failed = outcomes.filter(({ code }) => code !== 0).length
const seconds = ((performance.now() - began) / 1000).toFixed(1)
console.log(`check: ${outcomes.length - failed} passed, ${failed} failed, ${seconds} s`)
process.exitCode = failed === 0 ? 0 : 1
