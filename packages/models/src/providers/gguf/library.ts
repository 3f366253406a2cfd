import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelError } from '../../failure.ts'

const clone = join(import.meta.dirname, '../../../../..')
const locks = ['package-lock.json', 'binaries.json'].map((name) => join(import.meta.dirname, 'library', name))
/** Where `hearth models add` installs it: beside the code of Hearth, which the same people may write. */
const folder = join(clone, '.cache/node-llama-cpp')

/** The entry of node-llama-cpp, in the version that Hearth knows. Rejects with a `ModelError` where it is not installed. */
export async function installedLibrary(): Promise<string> {
  const wanted = hash('sha256', Buffer.concat(await Promise.all(locks.map((path) => readFile(path)))), 'hex')
  // Written when all of it was there, with the hashes of those files.
  const installed = await readFile(join(folder, 'installed'), 'utf8').catch(() => '')
  if (installed.trim() === wanted) return join(folder, 'node_modules/node-llama-cpp/dist/index.js')
  const detail = 'what runs local models is not installed: "hearth models install" installs it'
  throw new ModelError({ type: 'unknown-model', detail })
}
