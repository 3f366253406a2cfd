import type { Actor, MasterKey, View } from '@hearth/kernel'
import type { Address } from '@hearth/protocol'
import { setImmediate } from 'node:timers/promises'
import type { Sql } from 'postgres'
import type { Archive } from '../archive/archive.ts'
import { numbers, texts } from '../literals.ts'
import { shadowOf } from '../view-tables.ts'
import { actorsWith, beginFoldings, foldRow, type Folded } from './folding.ts'
import { filesEnd, pagesOfSlot, rowsOfActors, type Page, type RowsWanted } from './log-rows.ts'
import { createOpenedKeys } from './opened-keys.ts'
import { createWrites } from './writes.ts'

export interface FillingOptions {
  readonly sql: Sql
  readonly archive: Archive
  readonly master: MasterKey
  readonly view: View
  readonly actors: readonly Actor[]
  readonly signal: AbortSignal
  /** Of actors folded before, so many are held: what came meanwhile is folded onto them. */
  readonly actorsHeld?: number
}

type Place = Pick<Address, 'tenant' | 'home'>
type Known = ReadonlyMap<number, Folded>
type Rows = readonly Readonly<Record<string, unknown>>[]

/** The shadow table of a view while it is filled from the log, up to a position of each slot. */
export interface Filling {
  /** Reads every slot from its beginning, up to where it stands now. */
  fill(): Promise<void>
  /** Goes on to where the slots stand now, and says how many rows that took. */
  catchUp(): Promise<number>
  readonly events: number
  readonly reached: ReadonlyMap<number, number>
  /** Homes in which something cannot be read. */
  readonly unread: ReadonlyMap<string, Place>
}

/** So many actors of a slot are folded in one pass over it, since all their states are held. */
const actorsAtOnce = 30_000
const writesAtOnce = 5_000
const rowsInATurn = 1_000
/** Actors of a slot have numbers from here. */
const numbersASlot = 2 ** 40

export async function beginFilling(options: FillingOptions): Promise<Filling> {
  const { sql, archive, master, view, actors, signal, actorsHeld = 30_000 } = options
  const source = { sql, archive }
  const folds = actorsWith(actors, view)
  const kinds = [...folds.keys()]
  const writes = createWrites(view, shadowOf(view))
  // Before any key is read: whoever is forgotten after this is noticed.
  const forgotten = await readForgotten(sql)
  const keys = createOpenedKeys(sql, master)
  const reached = new Map<number, number>()
  const unread = new Map<string, Place>()
  const held = new Map<number, Folded>()
  let events = 0

  const hold = (actor: number, folded: Folded): void => {
    held.delete(actor)
    held.set(actor, folded)
    if (held.size > actorsHeld) for (const oldest of held.keys()) return void held.delete(oldest)
  }

  const cannotRead = (folded: Folded): void => {
    folded.opaque = true
    unread.set(`${folded.address.tenant}/${folded.address.home}`, folded.address)
  }

  /** Folds rows of known actors onto what is held of them. */
  const fold = async (page: Omit<Page, 'reached'>, known: Known, writing: boolean): Promise<void> => {
    for (const actor of page.lost) {
      const folded = known.get(actor)
      if (folded !== undefined) cannotRead(folded)
    }
    // A file holds more rows than are folded in one go.
    for (let from = 0; from < page.rows.length; from += rowsInATurn) {
      signal.throwIfAborted()
      const rows = page.rows.slice(from, from + rowsInATurn)
      const sealed = rows.filter(({ person }) => person !== null)
      await keys.ensure(sealed.flatMap(({ actor }) => known.get(actor)?.address ?? []))
      for (const row of rows) {
        const folded = known.get(row.actor)
        if (folded === undefined) continue
        const changes = foldRow(folded, row, keys.of(row, folded.address))
        if (folded.opaque) cannotRead(folded)
        if (!writing) continue
        events += row.events
        if (changes.length > 0) writes.add(folded.address, changes)
      }
      if (writes.size > writesAtOnce) await writes.flush(sql)
      // What else this process does comes in between.
      await setImmediate()
    }
  }

  const foldAnew = async (slot: number, rows: Rows, until: number, writing: boolean): Promise<Known> => {
    for (;;) {
      const found = begin(rows)
      if (found.size === 0) return found
      const end = await filesEnd(source, slot)
      for await (const page of rowsOfActors(source, slot, [...found.keys()], until)) await fold(page, found, writing)
      if ((await filesEnd(source, slot)) !== end) continue
      for (const [actor, folded] of found) hold(actor, folded)
      return found
    }
  }

  const begin = (rows: Rows): Known => beginFoldings(rows, folds, view)

  /** Asks for the actors of a part of a slot, and for its first page. */
  const look = async ({ slot, sequence, range }: Part): Promise<Looked> => {
    const found = begin(
      await sql`select actor, tenant, home, kind, id from hearth.actors
        where actor >= ${range.from} and actor < ${range.below} and kind = any (${texts(kinds)}::text[])`,
    )
    const all = found.size > 0.9 * (range.below - range.from)
    const wanted = { slot, after: 0, until: sequence, actors: range, ...(all ? {} : { kinds }), ...ofTypes(view) }
    const pages = pagesOfSlot(source, wanted)
    return { found, pages, first: found.size === 0 ? null : settled(pages.next()) }
  }

  const fillPart = async ({ found, pages, first }: Looked): Promise<void> => {
    const begun = await first
    if (begun === null || begun.done === true) return
    await fold(begun.value, found, true)
    for await (const page of pages) await fold(page, found, true)
    if (view.trailing === undefined) for (const [actor, folded] of found) hold(actor, folded)
  }

  /** While one part is folded, the next is asked for. */
  const fillAll = async (stands: readonly SlotStand[]): Promise<void> => {
    const parts = stands.flatMap(partsOf)
    let next = parts[0] === undefined ? null : settled(look(parts[0]))
    for (const [index, part] of parts.entries()) {
      const looked = await next
      const following = parts[index + 1]
      next = following === undefined ? null : settled(look(following))
      if (looked !== null) await fillPart(looked)
      reached.set(part.slot, part.sequence)
    }
  }

  /** Rows of whoever was forgotten meanwhile go, and what came in their homes afterwards is folded anew. */
  const forgetAnew = async (stands: readonly SlotStand[]): Promise<void> => {
    for (const [name, place] of await readForgotten(sql)) {
      if (forgotten.get(name)?.since === place.since) continue
      forgotten.set(name, place)
      keys.forget(place)
      await writes.flush(sql)
      await sql`delete from ${sql.unsafe(shadowOf(view))} where tenant = ${place.tenant} and home = ${place.home}`
      const rows = await sql`select actor, tenant, home, kind, id from hearth.actors
        where home = ${place.home} and kind = any (${texts(kinds)}::text[]) and tenant = ${place.tenant}`
      const slot = Math.floor(Number(rows[0]?.['actor'] ?? 0) / numbersASlot)
      const until = stands.find((stand) => stand.slot === slot)?.sequence ?? reached.get(slot) ?? 0
      await foldAnew(slot, rows, until, true)
    }
  }

  const catchUpSlot = async ({ slot, sequence }: SlotStand): Promise<number> => {
    const after = reached.get(slot) ?? 0
    let count = 0
    for await (const page of pagesOfSlot(source, { slot, after, until: sequence, kinds, ...ofTypes(view) })) {
      count += page.rows.length
      const known = new Map<number, Folded>()
      const unknown = new Set<number>()
      for (const actor of [...page.rows.map((row) => row.actor), ...page.lost]) {
        const folded = held.get(actor)
        if (folded === undefined) unknown.add(actor)
        else known.set(actor, folded)
      }
      if (unknown.size > 0) {
        const rows = await sql`select actor, tenant, home, kind, id from hearth.actors
          where actor = any (${numbers([...unknown])}::bigint[])`
        // What the table holds of them already is folded, not written.
        const found = view.trailing === undefined ? await foldAnew(slot, rows, after, false) : begin(rows)
        for (const [actor, folded] of found) known.set(actor, folded)
      }
      await fold(page, known, true)
      if (view.trailing === undefined) for (const [actor, folded] of known) hold(actor, folded)
    }
    reached.set(slot, sequence)
    return count
  }

  return {
    fill: async () => {
      await fillAll(await readStands(sql))
      await writes.flush(sql)
    },
    catchUp: async () => {
      const stands = (await readStands(sql)).filter(({ slot, sequence }) => sequence > (reached.get(slot) ?? 0))
      await forgetAnew(stands)
      let count = 0
      for (const stand of stands) count += await catchUpSlot(stand)
      await writes.flush(sql)
      return count
    },
    get events() {
      return events
    },
    reached,
    unread,
  }
}

const ofTypes = ({ trailing }: View): Pick<RowsWanted, 'types'> => (trailing === undefined ? {} : { types: trailing })

interface SlotStand {
  readonly slot: number
  readonly sequence: number
  readonly actors: number
}

async function readStands(sql: Sql): Promise<readonly SlotStand[]> {
  const rows = await sql`select slot, sequence, actors from hearth.slots where sequence > 0 order by slot`
  return rows.map((row) => ({
    slot: Number(row['slot']),
    sequence: Number(row['sequence']),
    actors: Number(row['actors']),
  }))
}

/** Actors of a slot that are folded in one pass over it. */
interface Part {
  readonly slot: number
  readonly sequence: number
  readonly range: { readonly from: number; readonly below: number }
}

interface Looked {
  readonly found: Known
  readonly pages: AsyncGenerator<Page>
  readonly first: Promise<IteratorResult<Page>> | null
}

function partsOf({ slot, sequence, actors }: SlotStand): readonly Part[] {
  const before = slot * numbersASlot
  return Array.from({ length: Math.ceil(actors / actorsAtOnce) }, (_, index) => {
    const from = 1 + index * actorsAtOnce
    return { slot, sequence, range: { from: before + from, below: before + Math.min(from + actorsAtOnce, actors + 1) } }
  })
}

/** Whoever fails before it is waited for leaves it behind. */
function settled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}

type Forgotten = Place & { readonly since: number }

async function readForgotten(sql: Sql): Promise<Map<string, Forgotten>> {
  const rows = await sql`select tenant, home, since from hearth.home_keys where since > 0`
  return new Map(
    rows.map((row) => {
      const place = { tenant: String(row['tenant']), home: String(row['home']), since: Number(row['since']) }
      return [`${place.tenant}/${place.home}`, place]
    }),
  )
}
