// shows: A1
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { providers } from '../../src/providers/index.ts'

const source = (file: string): string => pathToFileURL(join(import.meta.dirname, '../../src', file)).href

/** What a process of its own loads beside its platform, one address a line. */
async function loadedBy(program: string, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const watching = `
    import { registerHooks } from 'node:module'
    registerHooks({ load: (url, context, next) => { console.log(url); return next(url, context) } })
    ${program}`
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', watching], { env })
  return stdout.split('\n').filter((line) => line.startsWith('file:'))
}

test('the list of providers loads none of them', async () => {
  const files = await loadedBy(`await import('${source('providers/index.ts')}')`)
  assert.ok(files.some((file) => file.endsWith('openai/manifest.ts')))
  assert.deepEqual(
    files.filter((file) => !/\/providers\/(?:[\w-]+\/)?(?:index|manifest|presets|traffic)\.ts$/.test(file)),
    [],
  )
})

test('failures are told without a package of any provider', async () => {
  const files = await loadedBy(`await import('${source('failure-of.ts')}')`)
  assert.deepEqual(
    files.filter((file) => file.includes('node_modules')),
    [],
  )
})

test('a provider loads its own package and no other, whatever the environment holds', async () => {
  const packages: Readonly<Record<string, string>> = {
    openai: 'openai',
    anthropic: 'anthropic',
    google: 'google',
    vllm: 'openai',
    watsonx: 'openai',
  }
  const env = { OPENAI_BASE_URL: '', ANTHROPIC_BASE_URL: '' }
  for (const [kind, own] of Object.entries(packages)) {
    const files = await loadedBy(
      `const { providers } = await import('${source('providers/index.ts')}')
       await providers.find(({ kind }) => kind === '${kind}').open()`,
      env,
    )
    const loaded = new Set(files.flatMap((file) => /@ai-sdk\/(openai|anthropic|google)\//.exec(file)?.[1] ?? []))
    assert.deepEqual([...loaded], [own], kind)
  }
})

test('kinds of providers have names of their own', () => {
  const kinds = providers.map(({ kind }) => kind)
  assert.equal(new Set(kinds).size, kinds.length)
  for (const { baseUrl, kind } of providers) assert.ok(baseUrl === null || !baseUrl.endsWith('/'), kind)
})
