import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'

test('starting loads no HTTP client', () => {
  const files = ['main', 'doors/rest/app'].map((name) => import.meta.resolve(`../../src/${name}.ts`))
  const program = `
    for (const file of ${JSON.stringify(files)}) await import(file)
    console.log(process.moduleLoadList.filter((name) => name.includes('undici')).join())`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program])
  assert.equal(String(output).trim(), '')
})
