import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const inName = /\[([A-I]\d{1,2}(?:, ?[A-I]\d{1,2})*)\]/g
const inComment = /\/\/ shows: ([A-I]\d{1,2}(?:, ?[A-I]\d{1,2})*)/g

/** The ids a test file cites: `[B10]` in a test's name or `// shows: B10, H1` anywhere. */
export function citedIn(text: string): Set<string> {
  const lists = [...text.matchAll(inName), ...text.matchAll(inComment)].map(([, ids = '']) => ids)
  return new Set(lists.flatMap((ids) => ids.split(/, ?/)))
}

/** The test files that cite each id. */
export async function citations(root: string): Promise<Map<string, string[]>> {
  const files = await Array.fromAsync(glob('{packages/*,bench}/test/**/*.test.ts', { cwd: root }))
  const cited = new Map<string, string[]>()
  for (const file of files.toSorted()) {
    for (const id of citedIn(await readFile(join(root, file), 'utf8'))) {
      cited.set(id, [...(cited.get(id) ?? []), file])
    }
  }
  return cited
}
