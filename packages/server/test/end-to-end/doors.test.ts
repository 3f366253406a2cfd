// long: a run of everything that npm alone tests has five minutes
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ownerKey, startHearth, until, type RunningHearth } from './hearth.ts'

let hearth: RunningHearth
before(async () => {
  hearth = await startHearth()
})
after(() => hearth[Symbol.asyncDispose]())

const owedAt = async (): Promise<Readonly<Record<string, string | undefined>>> => {
  const { text } = await hearth.request('GET', '/metrics')
  const found = text.matchAll(/^hearth_effects_owed\{kind="(\w+)"\} (\S+)$/gm)
  return Object.fromEntries([...found].map(([, kind = '', count]) => [kind, count]))
}

test('what is owed is there at the first scrape, goes up and comes down', async () => {
  assert.deepEqual(await owedAt(), { ask: '0', timer: '0', tombstone: '0', webhook: '0' })
  const set = await hearth.call('reminders.set', { text: 'owed', at: '2090-01-01T00:00:00Z' })
  await until(async () => (await owedAt())['timer'] === '1', 'a timer is owed')
  await hearth.call('reminders.cancel', { id: set.json.id })
  await until(async () => (await owedAt())['timer'] === '0', 'no timer is owed')
})

test('every metric says what it is, and stands in the reference', async () => {
  const { text } = await hearth.request('GET', '/metrics')
  const reference = await readFile(join(import.meta.dirname, '../../../../docs/reference/metrics.md'), 'utf8')
  const metrics = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)]
  assert.ok(metrics.length > 10)
  for (const [, name = '', type = ''] of metrics) {
    assert.match(text, new RegExp(`^# HELP ${name} .+$`, 'm'))
    assert.ok(reference.includes(`| \`${name}\` | ${type} |`), name)
  }
})

test('the page shows the nearest reminder, however many were set before it', async () => {
  const form = await fetch(`${hearth.url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: hearth.url },
    body: new URLSearchParams({ key: ownerKey }),
  })
  const cookie = form.headers.get('set-cookie')?.split(';')[0] ?? ''
  const texts = async (): Promise<readonly string[]> => {
    const page = await (await fetch(hearth.url, { headers: { cookie } })).text()
    return [...page.matchAll(/<li>(.*?) <time/g)].map(([, text = '']) => text)
  }
  const set = async (count: number, at: string): Promise<void> => {
    const answers = await Promise.all(
      Array.from({ length: count }, (_, index) => hearth.call('reminders.set', { text: `${at} ${index}`, at })),
    )
    for (const { status } of answers) assert.equal(status, 200)
  }
  await set(220, '2020-01-01T00:00:00Z')
  await set(520, '2091-01-01T00:00:00Z')
  await set(1, '2090-01-01T00:00:00.5Z')
  await set(1, '2090-01-01T00:00:00Z')
  await until(async () => (await texts())[0]?.startsWith('2090') === true, 'those of the past have rung')
  const shown = await texts()
  assert.equal(shown.length, 10)
  assert.deepEqual(shown.slice(0, 2), ['2090-01-01T00:00:00Z 0', '2090-01-01T00:00:00.5Z 0'])
})

test('a feature that is not there is wrong usage when a flag names it', async () => {
  const command = fileURLToPath(new URL('../../../cli/bin/hearth.js', import.meta.url))
  const data = join(hearth.data, 'another')
  const codeOf = async (words: readonly string[], env: object): Promise<unknown> => {
    const child = spawn(process.execPath, [command, 'start', '--port', '0', ...words], {
      env: { ...process.env, HEARTH_DATA: data, ...env },
      stdio: 'ignore',
    })
    return (await once(child, 'exit'))[0]
  }
  assert.equal(await codeOf(['--features', 'nowhere'], {}), 2)
  assert.equal(await codeOf([], { HEARTH_FEATURES: 'nowhere' }), 1)
  assert.equal(existsSync(join(data, 'postgres.json')), false)
})
