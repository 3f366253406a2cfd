import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { HearthError } from '@hearth/protocol'

/** In the data folder while it is filled from a backup. */
export const restoringMarker = (data: string): string => join(data, 'restoring.json')

/** In the data folder while its database is exchanged for one of a newer PostgreSQL. */
export const upgradingMarker = (data: string): string => join(data, 'upgrading.json')

/** Throws `restore.unfinished` or `upgrade.unfinished` where a restore was begun and did not come to its end: what is there is no server's data yet. */
export function assertRestored(data: string): void {
  if (existsSync(upgradingMarker(data)))
    throw new HearthError(
      'upgrade.unfinished',
      `The database of ${data} was being brought to another PostgreSQL: run hearth migrate --postgres again.`,
    )
  const marker = restoringMarker(data)
  if (!existsSync(marker)) return
  throw new HearthError(
    'restore.unfinished',
    `A restore into ${data} was cut short. Run it again, or remove ${marker} to begin with an empty database.`,
  )
}
