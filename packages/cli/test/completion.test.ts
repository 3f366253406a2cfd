import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { bin, hearth, inherited, temporaryFolder } from './command.ts'
import { smallServer } from './small-server.ts'

// shows: H3

function has(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'exit 0'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A `hearth` on the path, as an installation has it. */
async function installed(folder: string): Promise<void> {
  const path = join(folder, 'hearth')
  await writeFile(path, `#!/bin/sh\nexec '${process.execPath}' '${join(bin, 'hearth.js')}' "$@"\n`)
  await chmod(path, 0o755)
}

const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '')

test('bash completes commands, operations, fields and their values, also after the server has gone', async () => {
  await using folder = await temporaryFolder()
  await installed(folder.path)
  let env: NodeJS.ProcessEnv
  let script: string
  {
    await using server = await smallServer()
    env = {
      ...inherited(),
      ...server.env,
      XDG_CACHE_HOME: join(folder.path, 'cache'),
      PATH: `${folder.path}:${process.env['PATH']}`,
    }
    script = (await hearth(['completion', 'bash'], { env })).stdout
  }
  const complete = (line: string): readonly string[] => {
    const program = `${script}\nCOMP_LINE="$1" COMP_POINT=\${#1}\n_hearth\nprintf '%s\\n' "\${COMPREPLY[@]}"`
    return lines(execFileSync('bash', ['-c', program, 'bash', line], { env, encoding: 'utf8' }))
  }
  assert.deepEqual(complete('hearth st'), ['start', 'stop', 'status'])
  assert.deepEqual(complete('hearth remi'), ['reminders.set', 'reminders.list'])
  assert.deepEqual(complete('hearth reminders.set --t'), ['--text', '--times', '--tags'])
  assert.deepEqual(complete('hearth reminders.set --text tea --catchUp '), ['once', 'skip', 'each'])
  assert.deepEqual(complete('hearth reminders.list --a'), ['--after', '--all'])
  assert.deepEqual(complete('hearth reminders.list --w'), ['--watch'])
  assert.deepEqual(complete('hearth help web'), ['webhooks.create'])
  assert.deepEqual(complete('hearth export --f'), ['--format'])
  assert.deepEqual(complete('hearth completion '), ['bash', 'zsh', 'fish'])
  // With the server gone the script is still printed, and the copy stays.
  const again = await hearth(['completion', 'bash'], { env })
  assert.deepEqual([again.code, again.stdout, again.stderr], [0, script, ''])
  assert.deepEqual(complete('hearth webh'), ['webhooks.create'])
  assert.match((await hearth(['help', 'reminders.set'], { env })).stdout, /--text +string required what to say/)
  assert.match((await hearth(['help', 'operations'], { env })).stdout, /^webhooks\.create/m)
})

test('a copy is kept for those who asked for completion, and brought up to date by calls', async () => {
  await using folder = await temporaryFolder()
  await using server = await smallServer()
  const env = { ...server.env, XDG_CACHE_HOME: join(folder.path, 'cache') }
  await hearth(['reminders.list'], { env })
  assert.deepEqual(await readdir(folder.path), [])
  await hearth(['completion', 'fish'], { env })
  const [name = ''] = await readdir(join(folder.path, 'cache/hearth'))
  await writeFile(join(folder.path, 'cache/hearth', name), '[]')
  assert.doesNotMatch((await hearth(['complete', 'fish', '--', 'rem'], { env })).stdout, /reminders/)
  await hearth(['reminders.list'], { env })
  assert.match(
    (await hearth(['complete', 'fish', '--', 'rem'], { env })).stdout,
    /^reminders\.set\tSets a reminder\.$/m,
  )
})

for (const shell of ['zsh', 'fish'] as const)
  test(`${shell} takes the script`, { skip: !has(shell) && `this machine has no ${shell}` }, async () => {
    await using server = await smallServer()
    await using folder = await temporaryFolder()
    const env = { ...server.env, XDG_CACHE_HOME: join(folder.path, 'cache') }
    const { stdout } = await hearth(['completion', shell], { env })
    const path = join(folder.path, 'script')
    await writeFile(path, stdout)
    execFileSync(shell, ['-n', path], { env: inherited() })
    if (shell === 'zsh') return
    await installed(folder.path)
    const program = `source ${path}; complete -C 'hearth reminders.set --t'`
    const completed = execFileSync(shell, ['-c', program], {
      env: { ...inherited(), ...env, HOME: folder.path, PATH: `${folder.path}:${process.env['PATH']}` },
      encoding: 'utf8',
    })
    assert.match(completed, /^--text\twhat to say$/m)
  })
