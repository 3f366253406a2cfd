import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { benchFolder } from '../root.ts'
import type { Absent } from './gateway.ts'

export const version = 'v0.6.10'
const module = `github.com/songquanpeng/one-api@${version}`
const place = join(benchFolder, '.cache', `one-api-${version}`)
const themes = ['default', 'berry', 'air']

/** The program, built from the Go module below `.cache/` where it is not there yet. Its web pages are left empty. */
export async function oneApiProgram(): Promise<string | Absent> {
  const path = join(place, 'one-api')
  if (existsSync(path)) return path
  const run = promisify(execFile)
  const source = await mkdtemp(join(tmpdir(), 'one-api-'))
  try {
    const { stdout } = await run('go', ['mod', 'download', '-json', module], { maxBuffer: 1e8 })
    const { Dir } = JSON.parse(stdout) as { readonly Dir: string }
    await cp(Dir, source, { recursive: true })
    // Go keeps modules read-only.
    await run('chmod', ['-R', 'u+w', source])
    for (const theme of themes) {
      const pages = join(source, 'web', 'build', theme)
      await mkdir(pages, { recursive: true })
      await writeFile(join(pages, 'index.html'), '')
    }
    await mkdir(place, { recursive: true })
    const partial = `${path}.partial`
    await run('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', partial, '.'], { cwd: source, maxBuffer: 1e8 })
    await rename(partial, path)
    return path
  } catch (error) {
    return { absent: `it could not be built from its Go module: ${String((error as Error).message).slice(0, 300)}` }
  } finally {
    await rm(source, { recursive: true, force: true })
  }
}
