import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { begin, beginFrom, begunIn } from '@hearth/testing/begun'

const making = (word: string) => async (data: string) => {
  await mkdir(join(data, 'postgres', 'data'), { recursive: true })
  await writeFile(join(data, 'postgres', 'data', 'PG_VERSION'), '18\n')
  await writeFile(join(data, 'word'), word, { mode: 0o600 })
}

const emptyFolder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'hearth-begun-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

test('a data folder begins as one that was begun, and no deeper', async () => {
  await using begun = await begin({ home: making('home'), store: making('store') })
  const env = { [begunIn]: begun.folder }
  for (const kind of ['home', 'store'] as const) {
    await using data = await emptyFolder()
    await beginFrom(kind, data.path, env)
    assert.deepEqual((await readdir(data.path)).toSorted(), ['postgres', 'word'])
    assert.equal(await readFile(join(data.path, 'word'), 'utf8'), kind)
    assert.equal((await stat(join(data.path, 'word'))).mode & 0o777, 0o600)
    // The user of the database goes through it.
    assert.equal((await stat(data.path)).mode & 0o777, 0o755)
  }
})

test('one that is to have another database begins empty', async () => {
  await using begun = await begin({ home: making('home'), store: making('store') })
  await using data = await emptyFolder()
  await beginFrom('home', data.path, { [begunIn]: begun.folder, DATABASE_URL: 'postgres://localhost/other' })
  await beginFrom('home', data.path, {})
  assert.deepEqual(await readdir(data.path), [])
})
