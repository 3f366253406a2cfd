import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

// A process that begins, and loads what a test asks about, takes longer than most tests of functions do.

/** Where tests start no server. */
const ofFunctions = /^packages\/(protocol|kernel|models|features)\/test\/(?!providers\/(gguf|embedded))/

/** What a file would have done before or after its own tests would be done around those of all the others. */
const around = /^(before|after|beforeEach|afterEach)\(/m

export interface Together extends AsyncDisposable {
  /** One for each process. */
  readonly files: readonly string[]
}

/** The same tests in fewer processes: those that can share one do. */
export async function together(root: string, files: readonly string[]): Promise<Together> {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-together-'))
  const shares = Array.from({ length: 4 * availableParallelism() }, (): string[] => [])
  const apart: string[] = []
  let next = 0
  for (const file of files) {
    const path = join(root, file)
    if (!ofFunctions.test(file) || around.test(await readFile(path, 'utf8'))) apart.push(path)
    else shares[next++ % shares.length]?.push(path)
  }
  const shared = shares.filter((share) => share.length > 0)
  const made = shared.map(async (share, index) => {
    const path = join(folder, `share-${index + 1}.test.ts`)
    await writeFile(path, share.map((file) => `import ${JSON.stringify(pathToFileURL(file).href)}\n`).join(''))
    return path
  })
  return {
    files: [...apart, ...(await Promise.all(made))],
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
