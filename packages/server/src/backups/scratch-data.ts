import { rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { recordOf } from '../store/embedded/place.ts'
import { stopRunning } from '../store/embedded/postmaster.ts'
import { silentLogger } from '../store/logger.ts'

/** Removes a data folder that served for work only, with its database wherever that lies, and its PostgreSQL where one runs still. */
export async function removeScratchData(data: string): Promise<void> {
  const place = recordOf(data)
  if (place !== undefined) {
    await stopRunning({ data: place.data, log: silentLogger })
    if (!place.data.startsWith(`${data}/`)) await rm(dirname(place.data), { recursive: true, force: true })
    if (basename(place.socket).startsWith('hearth-')) await rm(place.socket, { recursive: true, force: true })
  }
  await rm(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}
