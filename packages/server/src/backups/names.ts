/** Names of a backup's files. Those of the former form have no ending of their own. */
export const tableFile = (name: string): string => `tables/${name}.copy.zst.sealed`
export const archiveFile = (hash: string): string => `archive/${hash.slice(0, 2)}/${hash}.sealed`
export const forgottenFile = 'forgotten.jsonl.sealed'

export const former = {
  table: (name: string): string => `tables/${name}.copy.zst`,
  archive: (hash: string): string => `archive/${hash.slice(0, 2)}/${hash}`,
  forgotten: 'forgotten.jsonl',
} as const

const server = /^[0-9a-f]{12}$/

/** Backups of one server at a place that several may share; sorted, they are in the order of time. */
export const backupName = (of: string, at: Date): string => `hearth-${of}-${at.toISOString().replaceAll(':', '-')}`

export interface Named {
  readonly name: string
  readonly server: string
  readonly at: number
}

/** Undefined for what is not named so. */
export function readName(name: string): Named | undefined {
  const [, of = '', day, hours, minutes, seconds] =
    /^hearth-([^-]+)-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3}Z)$/.exec(name) ?? []
  const at = Date.parse(`${day}T${hours}:${minutes}:${seconds}`)
  return server.test(of) && !Number.isNaN(at) ? { name, server: of, at } : undefined
}
