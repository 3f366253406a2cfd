import { hkdfSync } from 'node:crypto'
import { HearthError } from '@hearth/protocol'
import { fingerprint } from '../platform/master-key.ts'

/** Named in the manifest, so that whoever restores knows which key to bring. */
export type KeyFrom = 'master' | 'backup-key'

export interface RootKey {
  readonly from: KeyFrom
  readonly key: Buffer
  /** Names it without telling it. */
  readonly fingerprint: string
}

/** What all files of one backup are sealed under. */
export type BackupKey = Buffer & { readonly sealsBackup?: never }

export function rootKey(master: Uint8Array, own: Uint8Array | undefined): RootKey {
  const key = Buffer.from(own ?? master)
  return { from: own === undefined ? 'master' : 'backup-key', key, fingerprint: fingerprint(key) }
}

const derived = (key: Uint8Array, salt: Uint8Array, info: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, salt, info, 32))

/** `salt` is the backup's own: no two backups are sealed under the same key. */
export const backupKey = ({ key }: Pick<RootKey, 'key'>, salt: Uint8Array): BackupKey =>
  derived(key, salt, 'hearth backup 2')

/** A file is opened under its own name only: nothing can be put in another's place. */
export const fileKey = (key: BackupKey, salt: Uint8Array, file: string): Buffer => derived(key, salt, `file ${file}`)

export interface KeyNamed {
  readonly from: KeyFrom
  readonly fingerprint: string
}

/** The key that a backup was sealed under. Throws `backup.key-missing` or `backup.key-other`. */
export function rootFor(named: KeyNamed, master: Uint8Array, own: Uint8Array | undefined): RootKey {
  if (named.from === 'backup-key' && own === undefined)
    throw new HearthError(
      'backup.key-missing',
      'This backup was sealed under a key of its own: give HEARTH_BACKUP_KEY.',
    )
  const root = rootKey(master, named.from === 'backup-key' ? own : undefined)
  if (root.fingerprint === named.fingerprint) return root
  throw new HearthError('backup.key-other', 'This backup was sealed under another key than the one that is given.')
}
