import { randomUUID } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createKernel, systemClock, typeNamed, Unfoldable, type Actor, type Log, type MasterKey } from '@hearth/kernel'
import type { Reader, Tombstone } from '@hearth/features'

/** Who was forgotten, beside the database: a backup from before does not bring them back. */
export interface Tombstones {
  keep(tombstone: Tombstone): Promise<void>
  /** The last of each home. */
  all(): Promise<readonly Tombstone[]>
}

export function createTombstones(dataFolder: string): Tombstones {
  const path = join(dataFolder, 'forgotten.jsonl')
  return {
    keep: async (tombstone) => {
      await using file = await open(path, 'a', 0o600)
      // A line that was cut short by a crash stays alone on its line.
      await file.appendFile(`\n${JSON.stringify(tombstone)}\n`)
      await file.sync()
    },
    all: async () => {
      const last = new Map<string, Tombstone>()
      for (const tombstone of (await textOf(path)).split('\n').flatMap(parsed)) {
        const name = JSON.stringify([tombstone.tenant, tombstone.home])
        if ((last.get(name)?.at ?? 0) <= tombstone.at) last.set(name, tombstone)
      }
      return [...last.values()]
    },
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

function parsed(line: string): readonly Tombstone[] {
  try {
    return [JSON.parse(line) as Tombstone]
  } catch {
    // Cut short: its effect is still owed, and writes it again.
    return []
  }
}

export interface ApplyOptions {
  readonly tombstones: readonly Tombstone[]
  readonly log: Log
  readonly actors: readonly Actor[]
  readonly master: MasterKey
  readonly reader: Pick<Reader, 'history'>
}

/**
 * Forgets again whom the database still knows or knows again, before anything is served, and says how many. The kernel that does
 * it stands at the time of the forgetting and has no executor, so that nothing of theirs rings or is sent meanwhile.
 */
export async function applyTombstones({ tombstones, reader, ...kernelOptions }: ApplyOptions): Promise<number> {
  const missing: Tombstone[] = []
  for (const tombstone of tombstones) if (!(await isKnown(reader, tombstone))) missing.push(tombstone)
  if (missing.length === 0) return 0
  const at = Math.max(...missing.map((tombstone) => tombstone.at))
  const kernel = createKernel({
    ...kernelOptions,
    effects: [],
    owner: randomUUID(),
    lanes: 1,
    clock: { ...systemClock, now: () => at },
    onFenced: () => undefined,
  })
  await kernel.start()
  try {
    for (const { tenant, home } of missing)
      await kernel.submit({
        type: 'command',
        id: randomUUID(),
        address: placeOf(tenant, home),
        command: { type: 'forget' },
        principal: 'hearth',
        correlation: 'restored',
        key: null,
        bytes: 0,
        alone: true,
        present: () => ({ status: 200, body: '' }),
      })
  } finally {
    await kernel.stop()
  }
  return missing.length
}

const placeOf = (tenant: string, home: string) => ({ tenant, home, kind: 'person', id: 'self' })

async function isKnown(reader: Pick<Reader, 'history'>, { tenant, home, at }: Tombstone): Promise<boolean> {
  try {
    const events = await reader.history({ tenant, actor: placeOf(tenant, home), limit: 500 })
    return events.some((event) => typeNamed(event.event.type) === 'person.forgotten' && event.at >= at)
  } catch (error) {
    if (!(error instanceof Unfoldable)) throw error
    // Their file of the archive cannot be read: to forget once more could take what came since. The next start looks again.
    return true
  }
}
