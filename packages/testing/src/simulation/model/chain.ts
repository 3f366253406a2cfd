import { createHash } from 'node:crypto'
import type { LogRow, MemoryStore, NewActor } from '@hearth/kernel'

const word = (text: string): string => (/^[A-Za-z0-9_.~-]+$/.test(text) ? text : encodeURIComponent(text))

/** What is wrong with the positions, the numbers and the chain of hashes, as anyone can check them from the outside. */
export function chainFaults(store: MemoryStore): readonly string[] {
  const faults: string[] = []
  const actors = new Map(store.actors().map((actor) => [actor.actor, actor]))
  const heads = new Map<number, Buffer>()
  const sequences = new Map<number, number>()
  const versions = new Map<number, number>()
  for (const row of store.rows()) {
    const expected = (sequences.get(row.slot) ?? 0) + 1
    if (row.sequence !== expected) faults.push(`slot ${row.slot} goes on at ${row.sequence} where ${expected} was next`)
    sequences.set(row.slot, row.sequence + row.events - 1)
    const version = (versions.get(row.actor) ?? 0) + row.events
    if (row.version !== version) faults.push(`actor ${row.actor} is at ${row.version} where ${version} was next`)
    versions.set(row.actor, version)
    const actor = actors.get(row.actor)
    if (actor === undefined) faults.push(`a row of an actor that was never made: ${row.actor}`)
    else heads.set(row.slot, link(heads.get(row.slot) ?? Buffer.alloc(32), row, actor))
  }
  for (const { slot, sequence, head } of store.slots()) {
    if (sequence !== (sequences.get(slot) ?? 0)) faults.push(`slot ${slot} says ${sequence}, its rows say otherwise`)
    if (!head.equals(heads.get(slot) ?? Buffer.alloc(32)))
      faults.push(`the chain of slot ${slot} does not lead to its head`)
  }
  return faults
}

function link(head: Buffer, row: LogRow, { address }: NewActor): Buffer {
  const place = [address.tenant, address.home, address.kind, address.id].map(word).join('/')
  const numbers = [row.slot, row.sequence, row.events, row.actor, row.version, row.at].join('.')
  const text = `${place} ${numbers}.${row.tenant}.${row.person ?? ''}.${row.types}\n`
  return createHash('sha256').update(head).update(text).update(row.data).digest()
}
