import { chained, genesis, type MasterKey } from '@hearth/kernel'
import { formatAddress, type Position } from '@hearth/protocol'
import type { Sql } from 'postgres'
import { addressOf } from './address-of.ts'
import { publicKeyOf, readCheckpoint, signed, type Mark } from './checkpoint.ts'
import type { ConnectionOptions } from './connection.ts'
import { texts } from './literals.ts'
import { toLogRow } from './log-load.ts'
import { createRenewingClient } from './renewing.ts'

export interface VerifiedLog {
  readonly rows: number
  /** The first place of each slot where what lies there is not what was written. */
  readonly broken: readonly Position[]
  /** What was found, signed; null when anything is broken. */
  readonly checkpoint: string | null
  readonly publicKey: string
}

export interface VerifyLogOptions {
  /** Of a role that sees every tenant: the chain of a slot runs through all of them. */
  readonly connection: ConnectionOptions
  readonly master: MasterKey
  /** One that was given out before: the chains must lead through it. */
  readonly checkpoint?: string
  readonly now: number
}

const rowsAtOnce = 1000

/** Follows the chain of every slot from its first row to its head, as the log stood at one moment, while the server goes on. */
export async function verifyLog({ connection, master, checkpoint, now }: VerifyLogOptions): Promise<VerifiedLog> {
  const former = checkpoint === undefined ? [] : readCheckpoint(checkpoint, master.checkpoints).marks
  await using client = createRenewingClient(() => connection, {
    max: 1,
    connection: { application_name: 'hearth-verify' },
  })
  return await client.use(async (sql) => {
    const tenants = await sql<{ tenant: string }[]>`select tenant from hearth.tenants`
    await sql`select set_config('hearth.tenants', ${texts(tenants.map(({ tenant }) => tenant))}, false)`
    await sql`begin isolation level repeatable read read only`
    const slots = await sql`select slot, sequence, head from hearth.slots where sequence > 0 order by slot`
    const marks = slots.map((row): Mark => ({
      slot: Number(row['slot']),
      sequence: Number(row['sequence']),
      head: (row['head'] as Buffer).toString('hex'),
    }))
    const walks: Walk[] = []
    for (const mark of allOf(marks, former)) {
      const expected = [mark, ...former.filter(({ slot }) => slot === mark.slot)]
      walks.push(await walk(sql, mark.slot, expected))
    }
    await sql`commit`
    const broken = walks.flatMap((each) => (each.broken === null ? [] : [each.broken]))
    return {
      rows: walks.reduce((sum, { rows }) => sum + rows, 0),
      broken,
      checkpoint: broken.length === 0 ? signed({ at: now, marks }, master.checkpoints) : null,
      publicKey: publicKeyOf(master.checkpoints),
    }
  })
}

/** A slot of which nothing is left is one too. */
const allOf = (marks: readonly Mark[], former: readonly Mark[]): readonly Mark[] => [
  ...marks,
  ...former.filter(({ slot }) => marks.every((mark) => mark.slot !== slot)),
]

interface Walk {
  readonly rows: number
  readonly broken: Position | null
}

async function walk(sql: Sql, slot: number, expected: readonly Mark[]): Promise<Walk> {
  const pending = new Map<number, Set<string>>()
  for (const { sequence, head } of expected)
    pending.set(sequence, (pending.get(sequence) ?? new Set<string>()).add(head))
  let head: Buffer = genesis
  let sequence = 0
  let rows = 0
  for (;;) {
    const page = await sql`
      select l.*, a.home, a.kind, a.id from hearth.log l join hearth.actors a on a.actor = l.actor
       where l.slot = ${slot} and l.sequence > ${sequence} order by l.sequence limit ${rowsAtOnce}`
    for (const row of page) {
      const logRow = toLogRow(row)
      if (logRow.sequence !== sequence + 1) return { rows, broken: { slot, sequence: sequence + 1 } }
      head = chained(head, logRow, formatAddress(addressOf(row)))
      sequence += logRow.events
      rows += 1
      const heads = pending.get(sequence)
      if (heads?.size === 1 && heads.has(head.toString('hex'))) pending.delete(sequence)
      else if (heads !== undefined) return { rows, broken: { slot, sequence } }
    }
    if (page.length < rowsAtOnce) break
  }
  return { rows, broken: pending.size === 0 ? null : { slot, sequence: sequence + 1 } }
}
