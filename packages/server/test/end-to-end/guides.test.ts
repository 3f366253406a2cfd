// shows: H1, B2
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { ownerKey, startHearth, until, type RunningHearth } from './hearth.ts'
import { onlyWhenLong } from '@hearth/testing/long'

const execute = promisify(execFile)
const root = join(import.meta.dirname, '../../../..')

let hearth: RunningHearth
let folder: string
before(async () => {
  hearth = await startHearth({})
  folder = await mkdtemp(join(tmpdir(), 'hearth-guides-'))
  await mkdir(join(folder, 'bin'))
  // What npx would find in a clone.
  const command = `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(root, 'packages/cli/bin/hearth.js')}" "$@"\n`
  await writeFile(join(folder, 'bin/npx'), command)
  await chmod(join(folder, 'bin/npx'), 0o755)
})
after(async () => {
  await hearth[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function blocksOf(guide: string, language: string): Promise<readonly string[]> {
  const text = await readFile(join(root, 'docs/guides', guide), 'utf8')
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code = '']) => code)
}

/** One shell for all of a guide, as somebody would who follows it. */
async function follow(guide: string): Promise<string> {
  const script = (await blocksOf(guide, 'sh')).join('\n')
  const { NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...rest } = process.env
  const PATH = [join(folder, 'bin'), process.env['PATH'] ?? ''].join(delimiter)
  const env = { ...rest, PATH, HEARTH_DATA: hearth.data, HEARTH_OWNER_KEY: ownerKey }
  const { stdout } = await execute('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env })
  return stdout
}

test('the guide of the first reminder does what it says, word for word [B2]', onlyWhenLong, async () => {
  const said = await follow('first-reminder.md')
  assert.match(said, /2040-05-01T07:00:00\.000Z/)
  assert.match(said, /2040-01-27T16:00:00\.000Z/)
  const { items } = (await hearth.call('reminders.list', {})).json as { items: { text: string; state: string }[] }
  assert.deepEqual(
    items.map(({ text, state }) => `${text}: ${state}`),
    [
      'Water the plants: scheduled',
      'Call the bank: scheduled',
      'Back up the photos: scheduled',
      'Stand up: scheduled',
      'Take the pills: done',
      'Call mother: scheduled',
    ],
  )
  const anna = (await hearth.call('reminders.list', { home: 'anna' })).json.items
  assert.deepEqual(
    anna.map(({ text }: { text: string }) => text),
    ['Call mother'],
  )
  assert.deepEqual((await hearth.call('reminders.settings', {})).json.quiet, {
    from: '22:00',
    to: '07:00',
    zone: 'Europe/Berlin',
  })
})

test('the guide of keys does what it says', onlyWhenLong, async () => {
  const said = await follow('keys.md')
  assert.match(said, /hearth_[0-9a-z]{26}_[\w-]{43}/)
  const { items } = (await hearth.call('keys.list', {})).json as { items: { name: string; state: string }[] }
  assert.deepEqual(
    items.map(({ name, state }) => `${name}: ${state}`),
    ['Dashboard: active', 'Anna: active', 'Import: active', 'For a day: revoked'],
  )
  assert.deepEqual((await hearth.call('secrets.list', {})).json.items, [])
})

test('the guide of templates does what it says [A6]', onlyWhenLong, async () => {
  const said = await follow('templates.md')
  assert.match(said, /^ {2}\+ Greet \{\{ name \}\} warmly/m)
  const { items } = (await hearth.call('templates.versions', { name: 'greeting' })).json
  assert.deepEqual(
    items.map(({ version, from }: { readonly version: number; readonly from?: number }) => [version, from]),
    [
      [3, 1],
      [2, undefined],
      [1, undefined],
    ],
  )
  // Records are written behind the answers.
  let calls: readonly { readonly template?: string }[] = []
  await until(async () => {
    calls = (await hearth.call('calls.list', {})).json.items as typeof calls
    return calls.length >= 4
  }, 'every call has its record')
  assert.deepEqual(calls.map(({ template }) => template).toSorted(), ['answer@1', 'answer@1', 'answer@1', 'answer@1'])
})

test('the guide of features writes one that compiles, and counts', onlyWhenLong, async () => {
  const code = (await blocksOf('feature.md', 'ts')).join('\n')
  const place = await mkdtemp(join(root, 'packages/features/test/.guide-'))
  try {
    const inPlace = code.replace("from '@hearth/features'", "from '../../src/feature.ts'")
    await writeFile(join(place, 'feature.ts'), inPlace)
    const tsconfig = {
      extends: join(root, 'tsconfig.json'),
      include: ['feature.ts'],
      compilerOptions: { noEmit: true },
    }
    await writeFile(join(place, 'tsconfig.json'), JSON.stringify(tsconfig))
    execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', place], { encoding: 'utf8' })
    const { feature } = (await import(join(place, 'feature.ts'))) as {
      readonly feature: { readonly actors: readonly [{ decide: Function; evolve: Function; initial: unknown }] }
    }
    const [tally] = feature.actors
    const decided = tally.decide(tally.initial, { type: 'count', word: 'tea', by: 2 }, {})
    assert.deepEqual(decided.answer, { word: 'tea', count: 2 })
    const state = tally.evolve(tally.initial, decided.events[0])
    assert.deepEqual(tally.decide(state, { type: 'count', word: 'tea', by: 1 }, {}).answer, { word: 'tea', count: 3 })
  } finally {
    await rm(place, { recursive: true, force: true })
  }
})

const analyze = hasSystemd() ? false : 'there is no systemd-analyze'

test('systemd takes the unit of its guide', { skip: analyze }, async () => {
  const [unit = ''] = await blocksOf('systemd.md', 'ini')
  const file = join(folder, 'hearth.service')
  // Its user is not on this machine.
  await writeFile(
    file,
    unit.replaceAll(/^(User|Group)=.*$/gm, '').replace('file:///opt/hearth/README.md', 'https://example.org'),
  )
  const { stderr } = await execute('systemd-analyze', ['verify', file])
  assert.equal(
    stderr
      .split('\n')
      .filter((line) => line.includes('hearth.service'))
      .join('\n'),
    '',
  )
})

function hasSystemd(): boolean {
  try {
    execFileSync('systemd-analyze', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
