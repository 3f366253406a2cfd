import { HearthError } from '@hearth/protocol'
import { manifestFile, readLabel } from './manifest.ts'
import { readName } from './names.ts'
import type { Place } from './places/place.ts'
import { kept, type Keep } from './schedule.ts'

export interface ListedBackup {
  readonly name: string
  /** Give this to a restore. */
  readonly folder: string
  readonly at: string
  readonly version: string
  readonly server: string
}

/** The whole ones directly below a place that may hold those of several servers, newest first; of one server where it is named. */
export async function listBackups(place: Place, server: string | undefined): Promise<readonly ListedBackup[]> {
  const named = (await place.folders()).flatMap((folder) => readName(folder) ?? [])
  const listed: ListedBackup[] = []
  for (const { name, server: of } of named) {
    if (server !== undefined && of !== server) continue
    const label = await labelOf(place.within(name))
    if (label === null || label.server !== of) continue
    listed.push({ name, folder: place.within(name).name, at: label.at, version: label.version, server: of })
  }
  return listed.toSorted((a, b) => (a.at < b.at ? 1 : -1))
}

async function labelOf(place: Place) {
  try {
    const read = await readLabel(place)
    return 'former' in read ? null : read.label
  } catch (error) {
    // Half of one, or none that is known here.
    if (error instanceof HearthError && /^backup\.(incomplete|unreadable|newer)$/.test(error.code)) return null
    throw error
  }
}

/** A half that is younger may still be under way, made by another that was restored from the same backup. */
const abandonedMs = 86_400_000

/** Removes what is not kept of one server's whole backups, and halves that were left behind. Answers their names. */
export async function thinOut(
  place: Place,
  { server, keep, now }: { readonly server: string; readonly keep: Keep; readonly now: number },
): Promise<readonly string[]> {
  const whole = (await listBackups(place, server)).map((backup) => ({ name: backup.name, at: Date.parse(backup.at) }))
  const stay = kept(whole, keep)
  const names = new Set(whole.map(({ name }) => name))
  const halves = (await place.folders())
    .flatMap((folder) => readName(folder) ?? [])
    .filter((each) => each.server === server && !names.has(each.name) && each.at < now - abandonedMs)
  const gone = [...whole.filter((backup) => !stay.has(backup)), ...(await unknownLeftOut(place, halves))].map(
    ({ name }) => name,
  )
  for (const name of gone) {
    const backup = place.within(name)
    // First: what is cut short here is half of one, and not a backup that lacks files.
    await backup.remove(manifestFile)
    await backup.clear()
  }
  return gone
}

/** What has a manifest is whole, though it may not be known here: it stays. */
async function unknownLeftOut<Half extends { readonly name: string }>(
  place: Place,
  halves: readonly Half[],
): Promise<readonly Half[]> {
  const abandoned: Half[] = []
  for (const half of halves) {
    const manifest = await place.within(half.name).get(manifestFile)
    if (manifest === null) abandoned.push(half)
    else manifest.destroy()
  }
  return abandoned
}
