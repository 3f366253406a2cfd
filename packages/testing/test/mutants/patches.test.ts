import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

// A patch that does not fit the code any more shows nothing: whoever changes that code mends it with the change.

const root = join(import.meta.dirname, '../../../..')
const folder = 'packages/testing/mutants'
const hasGit = spawnSync('git', ['--version']).status === 0

test('every seeded fault still fits the code', { skip: hasGit ? false : 'git is not here' }, () => {
  const patches = readdirSync(join(root, folder)).filter((file) => file.endsWith('.patch'))
  const stale = patches.filter(
    (file) => spawnSync('git', ['apply', '--check', join(folder, file)], { cwd: root }).status !== 0,
  )
  assert.ok(patches.length > 0)
  assert.deepEqual(stale, [])
})
