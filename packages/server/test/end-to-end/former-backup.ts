import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { zstdCompressSync } from 'node:zlib'
import { openBackup, type OpenedBackup } from '../../src/backups/opened.ts'
import { folderPlace } from '../../src/backups/places/folder-place.ts'

/** A backup as whoever has the master key can read it. */
export async function openWith(data: string, from: string, own?: Uint8Array): Promise<OpenedBackup> {
  const key = Buffer.from(await readFile(join(data, 'master.key'), 'utf8'), 'base64')
  return openBackup(folderPlace(from), { own, master: () => Promise.resolve(key) })
}

export async function rowsOf(backup: OpenedBackup, name: string): Promise<Buffer> {
  const parts: Buffer[] = []
  const table = backup.tables.find((each) => each.name === name)
  if (table === undefined) throw new Error(`${name} is not in the backup`)
  const to = new Writable({
    write(chunk: Buffer, _encoding, done) {
      parts.push(chunk)
      done()
    },
  })
  await backup.table(table, to, new AbortController().signal)
  return Buffer.concat(parts)
}

/** All that a backup holds, opened: by the name that each piece has in it. */
export async function contentsOf(backup: OpenedBackup): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>([['forgotten', Buffer.from(await backup.forgotten())]])
  for (const { name } of backup.tables) found.set(name, await rowsOf(backup, name))
  for (const hash of backup.archive) found.set(hash, (await backup.archived(hash)) ?? Buffer.alloc(0))
  return found
}

export type AddTable = (name: string, columns: readonly string[], ...rows: readonly string[][]) => void

/** The same backup in the form that lay in clear, with what the test adds to it. */
export async function writeFormer(backup: OpenedBackup, to: string, add: (table: AddTable) => void = () => undefined) {
  const tables: object[] = []
  const files = new Map<string, Buffer>()
  const table = (name: string, columns: readonly string[], content: Buffer, rows: number): void => {
    const packed = zstdCompressSync(content)
    files.set(`tables/${name}.copy.zst`, packed)
    tables.push({ name, columns, rows, sha256: createHash('sha256').update(packed).digest('hex') })
  }
  for (const { name, columns, rows } of backup.tables) table(name, columns, await rowsOf(backup, name), rows)
  add((name, columns, ...rows) =>
    table(name, columns, Buffer.from(rows.map((row) => `${row.join('\t')}\n`).join('')), rows.length),
  )
  for (const hash of backup.archive) {
    const content = await backup.archived(hash)
    if (content !== null) files.set(`archive/${hash.slice(0, 2)}/${hash}`, content)
  }
  const { version, at, migrations, days, archive } = backup
  const [instance = ''] = (await rowsOf(backup, 'instance')).toString('utf8').split('\n')
  const column = backup.tables.find(({ name }) => name === 'instance')?.columns.indexOf('master') ?? -1
  const master = instance.split('\t')[column]
  const manifest = { format: 1, version, at, master, migrations, days, tables, archive }
  files.set('manifest.json', Buffer.from(JSON.stringify(manifest)))
  for (const [name, content] of files) {
    await mkdir(dirname(join(to, name)), { recursive: true })
    await writeFile(join(to, name), content)
  }
}

export async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
