import type { restore as restoreNow } from './backups/command.ts'

export { main } from './main.ts'

/** Loaded when it is needed: a start does without it. */
export const restore: typeof restoreNow = async (...words) => (await import('./backups/command.ts')).restore(...words)
