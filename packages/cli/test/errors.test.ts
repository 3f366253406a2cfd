import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const errors = join(import.meta.dirname, '../src/errors.js')

async function reported(options: object): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const script = `import { report } from ${JSON.stringify(errors)}
process.exitCode = report(new TypeError('that is no function\\nat all'), ${JSON.stringify(options)}) + 10`
  const failed = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  return await failed.then(
    () => assert.fail('it did not fail'),
    (error: { code: number; stdout: string; stderr: string }) => {
      assert.equal(error.code, 11)
      return error
    },
  )
}

test('a fault of ours is one line with a code, and its place is for those who ask', async () => {
  const line = 'hearth: Something went wrong that should not: that is no function.'
  assert.equal((await reported({ json: false })).stderr, `${line} HEARTH_LOG=debug says where.\n`)
  const { stdout } = await reported({ json: true })
  assert.equal(JSON.parse(stdout).code, 'cli.failed')
  const { stderr } = await reported({ json: false, level: 'debug' })
  assert.ok(stderr.startsWith(`${line}\nTypeError: that is no function`))
  assert.match(stderr, /^ +at /m)
})
