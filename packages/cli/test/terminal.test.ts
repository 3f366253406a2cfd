import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify, stripVTControlCharacters } from 'node:util'
import { bin, inherited } from './command.ts'
import { smallServer, type SmallServer } from './small-server.ts'

// shows: H3

const execute = promisify(execFile)

/** util-linux’s `script` gives a command a terminal. */
function hasScript(): boolean {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux')
  } catch {
    return false
  }
}

async function atTerminal(server: SmallServer, columns: number, words: string, env: NodeJS.ProcessEnv = {}) {
  const line = `stty cols ${columns} && '${process.execPath}' '${join(bin, 'hearth.js')}' ${words}`
  const { stdout } = await execute('script', ['-qec', line, '/dev/null'], {
    env: { ...inherited(), TERM: 'xterm', ...server.env, ...env },
  })
  return stdout.replaceAll('\r\n', '\n')
}

const items = [
  { id: 'rem_01', text: '水やりをする 🌱', note: 'The plants on the balcony and those in the kitchen', rung: null },
  { id: 'rem_02', text: 'tea', note: 'short', rung: null },
]

test('on a terminal', { skip: !hasScript() && 'this machine has no script of util-linux' }, async (t) => {
  await using server = await smallServer(() => ({ status: 200, body: { items, next: null } }))

  await t.test('columns stand below each other, wide signs included, and what no item has is left out', async () => {
    const text = await atTerminal(server, 120, 'reminders.list')
    assert.match(text, /^\u001b\[1mid /)
    assert.deepEqual(stripVTControlCharacters(text).split('\n').slice(0, 3), [
      'id      text             note',
      'rem_01  水やりをする 🌱  The plants on the balcony and those in the kitchen',
      'rem_02  tea              short',
    ])
  })

  await t.test('sentences give way where the terminal is narrow, ids never', async () => {
    const text = await atTerminal(server, 50, 'reminders.list', { NO_COLOR: '1' })
    assert.deepEqual(text.split('\n').slice(0, 3), [
      'id      text             note',
      'rem_01  水やりをする 🌱  The plants on the balcon…',
      'rem_02  tea              short',
    ])
  })

  await t.test('items stand one below the other where no table fits', async () => {
    const text = await atTerminal(server, 20, 'reminders.list', { NO_COLOR: '1' })
    assert.match(text, /^id {4}rem_01\ntext {2}水やりをする 🌱\n/)
  })

  await t.test('a program gets JSON there too', async () => {
    assert.deepEqual(JSON.parse(await atTerminal(server, 20, 'reminders.list --json')), { items, next: null })
  })
})
