import type { restore as restoreNow } from './backups/command.ts'
import type { upgrade as upgradeNow } from './backups/upgrade.ts'
import type { migrations as migrationsNow } from './store/migrations-command.ts'

export { main } from './main.ts'

/** Loaded when it is needed: a start does without it. */
export const restore: typeof restoreNow = async (...words) => (await import('./backups/command.ts')).restore(...words)

/** As `restore`, loaded when it is needed. */
export const upgrade: typeof upgradeNow = async (...words) => (await import('./backups/upgrade.ts')).upgrade(...words)

/** As `restore`, loaded when it is needed. */
export const migrations: typeof migrationsNow = async (...words) =>
  (await import('./store/migrations-command.ts')).migrations(...words)
