import { createReadStream } from 'node:fs'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Written } from '../../store/connection.ts'
import { basesOf, makeBase } from './base.ts'
import { baseLabel, blobFile, forgottenFile, packed, putSealed, segmentFile, type Base, type Line } from './line.ts'

export interface ShippingOptions {
  readonly written: Written
  readonly dataFolder: string
  readonly line: Line
  readonly signal: AbortSignal
}

export interface Shipping {
  /** Brings away what has come since, and answers how many files that was. */
  ship(): Promise<number>
  /** Copies the database where there is no copy that young. */
  baseWhenOlder(ms: number): Promise<Base>
  /** Removes copies that nobody needs to come to a moment since then, and what was written before the oldest left. */
  thinOut(since: number): Promise<readonly string[]>
}

const isSegment = (name: string): boolean => /^[0-9A-F]{24}(\.[0-9A-F]{8}\.backup)?$|^[0-9A-F]{8}\.history$/.test(name)

const lookEveryMs = 200

/** What waits to be brought away. */
export const waitingIn = async (spool: string): Promise<readonly string[]> =>
  (await readdir(spool)).filter(isSegment).toSorted()

export async function createShipping({ written, dataFolder, line, signal }: ShippingOptions): Promise<Shipping> {
  const { place } = line
  const found = await place.list()
  const there = new Set(found.filter((file) => !file.startsWith('wal/')))
  let newest =
    found
      .filter((file) => /^wal\/[0-9A-F]{24}\.zst/.test(file))
      .toSorted()
      .at(-1) ?? ''
  const archive = join(dataFolder, 'archive')

  const shipBlobs = async (): Promise<void> => {
    for (const folder of (await readdir(archive).catch(() => [])).filter((name) => /^[0-9a-f]{2}$/.test(name)))
      for (const hash of (await readdir(join(archive, folder))).filter((name) => /^[0-9a-f]{64}$/.test(name))) {
        if (there.has(blobFile(hash))) continue
        await putSealed(line, blobFile(hash), createReadStream(join(archive, folder, hash)), signal)
        there.add(blobFile(hash))
      }
  }
  const shipForgotten = async (): Promise<void> => {
    const path = join(dataFolder, 'forgotten.jsonl')
    const size = (await stat(path).catch(() => null))?.size ?? 0
    if (size === 0 || there.has(forgottenFile(size))) return
    const content = await readFile(path)
    await putSealed(line, forgottenFile(content.length), Readable.from([content]), signal)
    there.add(forgottenFile(content.length))
  }
  const ship = async (): Promise<number> => {
    const waiting = await waitingIn(written.spool)
    // First: what was written may name them.
    await shipBlobs()
    await shipForgotten()
    for (const name of waiting) {
      signal.throwIfAborted()
      await putSealed(line, segmentFile(name), packed(createReadStream(join(written.spool, name))), signal)
      await place.settle()
      await rm(join(written.spool, name))
      if (/^[0-9A-F]{24}$/.test(name)) newest = segmentFile(name)
    }
    return waiting.length
  }
  const shipped = async (segment: string): Promise<void> => {
    while (newest < segmentFile(segment)) if ((await ship()) === 0) await sleep(lookEveryMs, undefined, { signal })
  }
  return {
    ship,
    baseWhenOlder: async (ms) => {
      const newest = (await basesOf(line)).at(-1)
      if (newest !== undefined && Date.parse(newest.until) > Date.now() - ms) return newest
      return await makeBase({ line, written, signal, shipped })
    },
    thinOut: (since) => thinOut(line, since),
  }
}

export async function thinOut(line: Line, since: number): Promise<readonly string[]> {
  const { place } = line
  const bases = await basesOf(line)
  const oldest = bases.findLast(({ until }) => Date.parse(until) <= since) ?? bases[0]
  if (oldest === undefined) return []
  const gone = (await place.within('base').folders()).filter((name) => name < oldest.name)
  for (const name of gone) {
    await place.remove(baseLabel(name))
    await place.within(`base/${name}`).clear()
  }
  const first = segmentFile(oldest.firstSegment)
  for (const file of await place.list()) if (/^wal\/[0-9A-F]{24}\./.test(file) && file < first) await place.remove(file)
  return gone
}
