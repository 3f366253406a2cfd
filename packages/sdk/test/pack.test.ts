// long: a run of everything that npm alone tests has five minutes
// shows: H1
import assert from 'node:assert/strict'
import { readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createClient } from '@hearth/sdk'
import { ownerKey, startHearth, type RunningHearth } from './hearth.ts'
import { blocksOf, olderNode, root, stranger, type Stranger } from './stranger.ts'

let server: RunningHearth
let empty: Stranger
before(async () => {
  ;[server, empty] = await Promise.all([startHearth(), stranger()])
})
after(() => Promise.all([server[Symbol.asyncDispose](), empty[Symbol.asyncDispose]()]))

const env = () => ({ HEARTH_URL: server.url, HEARTH_KEY: ownerKey })

const program = (given: string): string => `
import { createClient } from '@hearth/sdk'
${given}
const hearth = createClient({ url: process.env.HEARTH_URL, key: process.env.HEARTH_KEY, WebSocket })
const home = 'of node ' + process.version
const at = '2040-01-01T00:00:00Z'
await hearth.reminders.set({ text: 'one', at, home })
const seen = []
for await (const { type, value } of hearth.reminders.list.watch({ home })) {
  seen.push(type, value.items.map(({ text }) => text))
  if (value.items.length === 2) break
  await hearth.reminders.set({ text: 'two', at, home })
}
for await (const { text } of hearth.reminders.list.all({ home, limit: 1 })) seen.push(text)
for await (const { type } of hearth.reminders.list.stream({ home })) seen.push(type)
console.log(JSON.stringify(seen))
`
const wanted = ['snapshot', ['one'], 'change', ['one', 'two'], 'one', 'two', 'result']

test('packed, it holds JavaScript with types, needs nothing else, and works in an empty folder', async () => {
  assert.deepEqual(
    empty.files.filter((path) => !/^(package\.json|dist\/.*\.(js|d\.ts)|LICENSE|README\.md)$/.test(path)),
    [],
  )
  await empty.write('node.js', program('const WebSocket = undefined'))
  const { stdout, stderr } = await empty.run(process.execPath, ['node.js'], env())
  assert.deepEqual(JSON.parse(stdout), wanted)
  assert.equal(stderr, '')
})

test('it works on the oldest Node with the WebSocket of a package', async (context) => {
  const node = await olderNode()
  if (node === undefined) return context.skip('there is no older Node here')
  await symlink(join(root, 'node_modules/ws'), join(empty.folder, 'node_modules/ws'))
  await empty.write('older.js', program("import { WebSocket } from 'ws'"))
  const { stdout } = await empty.run(node, ['older.js'], env())
  assert.deepEqual(JSON.parse(stdout), wanted)
})

test('nothing in it is of Node alone: it runs where there is only what a browser has', async () => {
  for (const file of empty.files.filter((path) => path.endsWith('.js'))) {
    const text = await readFile(join(empty.folder, 'node_modules/@hearth/sdk', file), 'utf8')
    const targets = [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(([, target]) => target)
    assert.ok(
      targets.every((target) => /^\.\.?\/.*\.js$/.test(String(target))),
      `${file} imports ${targets.join()}`,
    )
  }
  await empty.write('browser.mjs', browser)
  const { stdout } = await empty.run(process.execPath, ['--experimental-vm-modules', 'browser.mjs'], env())
  assert.deepEqual(JSON.parse(stdout), { text: 'from a page', type: 'snapshot' })
})

/** Links the package in a realm of its own, which has what the standards of the web name and nothing of Node. */
const browser = `
import { readFile } from 'node:fs/promises'
import { createContext, SourceTextModule } from 'node:vm'
const { fetch, Headers, URL, AbortController, AbortSignal, WebSocket, crypto, setTimeout, clearTimeout, setInterval, clearInterval } = globalThis
const { HEARTH_URL: origin, HEARTH_KEY: key } = process.env
const web = { fetch, Headers, URL, AbortController, AbortSignal, WebSocket, crypto, setTimeout, clearTimeout, setInterval, clearInterval }
const context = createContext({ ...web, location: { origin } })
const modules = new Map()
const load = async (url) => {
  const text = await readFile(url, 'utf8')
  const module = modules.get(url.href) ?? new SourceTextModule(text, { context, identifier: url.href })
  modules.set(url.href, module)
  return module
}
const entry = await load(new URL(import.meta.resolve('@hearth/sdk')))
await entry.link((specifier, { identifier }) => load(new URL(specifier, identifier)))
await entry.evaluate()
const hearth = entry.namespace.createClient({ key })
const home = 'page'
await hearth.reminders.set({ text: 'from a page', at: '2040-01-01T00:00:00Z', home })
for await (const { type, value } of hearth.reminders.list.watch({ home })) {
  console.log(JSON.stringify({ text: value.items[0].text, type }))
  break
}
`

test('the types say what each operation takes and gives', async () => {
  await empty.write('types.ts', types)
  await empty.checkTypes(['types.ts'])
})

const types = `
import { createClient, type Hearth, type Input, type Output, type Update } from '@hearth/sdk'

declare module '@hearth/sdk' {
  interface Operations {
    'weather.today': { readonly type: 'read'; readonly input: { readonly place: string }; readonly output: { readonly text: string } }
  }
}

export const hearth: Hearth = createClient({ url: 'http://localhost', fetch, WebSocket })
const zone: string | undefined = undefined
export const set: Promise<{ readonly id: string; readonly next: string }> = hearth.reminders.set({ text: 'x', zone })
export const same: Promise<Output<'reminders.set'>> = hearth.call('reminders.set', { text: 'x' }, { key: 'k' })
export const input: Input<'reminders.list'> = { state: 'scheduled' }
export const weather: Promise<{ readonly text: string }> = hearth.weather.today({ place: 'x' })
export async function all(): Promise<void> {
  for await (const { text, next } of hearth.reminders.list.all()) console.log(text.length, next?.length)
  for await (const update of hearth.reminders.list.watch()) {
    const known: Update<Output<'reminders.list'>> = update
    const state: 'scheduled' | 'rung' | 'snoozed' | 'done' | 'cancelled' | undefined = known.value.items[0]?.state
    console.log(state)
  }
  for await (const item of hearth.reminders.set.stream({ text: 'x' })) if (item.type === 'result') console.log(item.output.id)
  for await (const { url } of hearth.list('webhooks.list')) console.log(url)
}
export function wrong(): void {
  // @ts-expect-error: there is no such operation
  void hearth.call('reminders.sett', { text: 'x' })
  // @ts-expect-error: nor this one
  void hearth.reminders.sett({ text: 'x' })
  // @ts-expect-error: it needs a text
  void hearth.reminders.set({})
  // @ts-expect-error: it needs an input
  void hearth.reminders.set()
  // @ts-expect-error: a text is a string
  void hearth.reminders.set({ text: 1 })
  // @ts-expect-error: it has no such field
  void hearth.reminders.set({ text: 'x', when: 'now' })
  // @ts-expect-error: it is no list
  void hearth.reminders.set.all({ text: 'x' })
  // @ts-expect-error: it cannot be watched
  void hearth.watch('events.list')
  // @ts-expect-error: it cannot be watched either
  void hearth.events.list.watch()
}
`

test('the examples of the guide and of the README are right, and do what they say', async () => {
  const documents = ['docs/guides/client.md', 'packages/sdk/README.md']
  const found = await Promise.all(documents.map((file) => blocksOf(file, 'ts')))
  const blocks = found.flat().map((code, index) => ({ code, file: `example-${index}.ts` }))
  assert.equal(blocks.length, 6)
  for (const { code, file } of blocks) await empty.write(file, `${code}\nexport {}\n`)
  await empty.checkTypes(blocks.map(({ file }) => file))
  const said: string[] = []
  for (const { code, file } of blocks.filter((block) => !block.code.startsWith('declare'))) {
    const { stdout } = await empty.run(process.execPath, ['--disable-warning=ExperimentalWarning', file], env())
    assert.notEqual(stdout, '', code)
    said.push(stdout)
  }
  const all = said.join('')
  for (const part of [
    /rem_\w+ rings at 2040-05-01T07:00/,
    /There is no reminder/,
    /snapshot: \{/,
    /^snapshot \d/m,
    /^change \d/m,
  ])
    assert.match(all, part)
  const hearth = createClient({ url: server.url, key: ownerKey })
  const texts = (await Array.fromAsync(hearth.reminders.list.all())).map(({ text }) => text)
  for (const text of ['By hand', 'With the SDK', 'Backup', 'Seen']) assert.ok(texts.includes(text), text)
})

test('the examples with curl do what they say', async () => {
  const script = (await blocksOf('docs/guides/client.md', 'sh')).join('\n')
  const { stdout } = await empty.run('bash', ['-euo', 'pipefail', '-c', script], env())
  const [first, again, refused, page, list, ...more] = stdout.trim().split('\n')
  assert.match(String(first), /^\{"id":"rem_/)
  assert.equal(again, first)
  assert.equal(JSON.parse(String(refused)).code, 'reminders.unknown')
  assert.equal(JSON.parse(String(page)).items.length, 1)
  assert.ok(JSON.parse(String(list)).items.some(({ text }: { readonly text: string }) => text === 'Stand up'))
  assert.deepEqual(more, [])
})
