import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FieldLock } from '@hearth/protocol'
import type { Generator } from './generator.ts'

const file = 'packages/features/fields.lock.json'

async function readBefore(root: string): Promise<FieldLock> {
  try {
    return JSON.parse(await readFile(join(root, file), 'utf8')) as FieldLock
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}

/** Numbers given to fields are never given again, and a change that would break a client is refused here. */
export const fieldLock: Generator = {
  file,
  make: async (root) => {
    const [{ lockFields }, { features }] = await Promise.all([import('@hearth/protocol'), import('@hearth/features')])
    const operations = features.flatMap((feature) => feature.operations)
    const { lock, breaking } = lockFields(operations, await readBefore(root))
    if (breaking.length > 0) throw new Error(`These changes break clients:\n  ${breaking.join('\n  ')}`)
    const paths = Object.keys(lock).toSorted()
    return `${JSON.stringify(Object.fromEntries(paths.map((path) => [path, lock[path]])), undefined, 2)}\n`
  },
}
