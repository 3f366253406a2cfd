// shows: H1
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createClient } from '@hearth/sdk'
import { chromiumHere, openPage } from './chromium.ts'
import { ownerKey, startHearth, until } from './hearth.ts'
import { stranger } from './stranger.ts'

const program = chromiumHere()

/** Loads the packed modules into a page, each from an address of the page's own. */
async function loading(): Promise<string> {
  await using packed = await stranger()
  const files = packed.files.filter((file) => file.endsWith('.js'))
  const read = async (file: string) => [
    `/${file}`,
    await readFile(join(packed.folder, 'node_modules/@hearth/sdk', file), 'utf8'),
  ]
  const sources = JSON.stringify(Object.fromEntries(await Promise.all(files.map(read))))
  return `
    const sources = ${sources}
    const made = new Map()
    const addressOf = (file) => {
      const pointed = (_, before, target) => before + "'" + addressOf(new URL(target, 'file://' + file).pathname) + "'"
      const text = sources[file].replaceAll(/(from\\s+|import\\s*\\()'(\\.[^']+)'/g, pointed)
      if (!made.has(file)) made.set(file, URL.createObjectURL(new Blob([text], { type: 'text/javascript' })))
      return made.get(file)
    }
    globalThis.sdk = await import(addressOf('/dist/index.js'))`
}

const isLong = process.env['HEARTH_TEST_LONG'] !== undefined
const absent = program === undefined ? 'there is no Chromium here' : false
const skip = isLong ? absent : 'HEARTH_TEST_LONG is not set, as .ci/run does'

test('in a page of the server the session is enough, and a watch outlives a restart', { skip }, async () => {
  await using server = await startHearth()
  const script = await loading()
  await using page = await openPage(program ?? '')
  await page.go(server.signInLink)
  await page.evaluate(script)
  const read = await page.evaluate(`
      const hearth = sdk.createClient()
      await hearth.reminders.set({ text: 'one', at: '2040-01-01T00:00:00Z' })
      globalThis.seen = []
      globalThis.watching = (async () => {
        for await (const { type, value } of hearth.reminders.list.watch())
          seen.push(type + ': ' + value.items.map(({ text }) => text).join())
      })().catch((error) => seen.push(error.code))
      return (await hearth.reminders.list()).items.map(({ text }) => text)`)
  assert.deepEqual(read, ['one'])
  const seen = async (): Promise<readonly string[]> => (await page.evaluate('return seen')) as readonly string[]
  await until(async () => (await seen()).length === 1, 'the first answer')
  await server.stop('SIGKILL')
  await server.start()
  const hearth = createClient({ url: server.url, key: ownerKey })
  await hearth.reminders.set({ text: 'two', at: '2040-01-01T00:00:00Z' })
  await until(async () => (await seen()).at(-1)?.endsWith(': one,two') === true, 'the answer after the restart')
  assert.equal((await seen())[0], 'snapshot: one')

  // A browser's WebSocket takes no key: its session counts there.
  const withKey = `
      const hearth = sdk.createClient({ key: '${ownerKey}' })
      const { value } = await hearth.reminders.list.watch().next()
      hearth.close()
      return value.value.items.length`
  assert.equal(await page.evaluate(withKey), 2)

  await page.evaluate("await fetch('/sign-out', { method: 'POST', redirect: 'manual' })")
  await hearth.reminders.set({ text: 'not for the page', at: '2040-01-01T00:00:00Z' })
  await page.evaluate('await watching')
  assert.equal((await seen()).at(-1), 'auth.key-missing')
  assert.ok((await seen()).every((one) => !one.includes('not for the page')))
})
