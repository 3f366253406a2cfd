import { chained, genesis, Unfoldable, type MasterKey } from '@hearth/kernel'
import { formatAddress, type Position, type Progressing } from '@hearth/protocol'
import { noArchive, type Archive } from './archive/archive.ts'
import { fileAfter, rowsInOrder } from './archive/rows-in-order.ts'
import { publicKeyOf, readCheckpoint, signed, type Mark } from './checkpoint.ts'
import type { ConnectionOptions } from './connection.ts'
import { texts } from './literals.ts'
import { createRenewingClient } from './renewing.ts'
import type { Run } from './statement.ts'

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
  readonly archive?: Archive
  readonly now: number
  /** Told in events, page by page. */
  readonly progress?: Progressing
}

/** Follows the chain of every slot from its first row to its head, as the log stood at one moment, while the server goes on. */
export async function verifyLog(options: VerifyLogOptions): Promise<VerifiedLog> {
  const { connection, master, checkpoint, archive = noArchive(), now, progress } = options
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
    const run: Run = ({ text, values }) => sql.unsafe(text, [...values])
    const walks: Walk[] = []
    const all = marks.reduce((sum, { sequence }) => sum + sequence, 0)
    let before = 0
    for (const mark of allOf(marks, former)) {
      const expected = [mark, ...former.filter(({ slot }) => slot === mark.slot)]
      walks.push(await walk(run, archive, mark.slot, expected, (reached) => progress?.(before + reached, all)))
      before += mark.sequence
      progress?.(Math.min(before, all), all)
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

async function walk(
  run: Run,
  archive: Archive,
  slot: number,
  expected: readonly Mark[],
  reached: (sequence: number) => void,
): Promise<Walk> {
  const pending = new Map<number, Set<string>>()
  for (const { sequence, head } of expected)
    pending.set(sequence, (pending.get(sequence) ?? new Set<string>()).add(head))
  let head: Buffer = genesis
  let sequence = 0
  let rows = 0
  try {
    for await (const page of rowsInOrder(run, archive, slot, 0)) {
      for (const { row, address } of page) {
        if (row.sequence !== sequence + 1) return { rows, broken: { slot, sequence: sequence + 1 } }
        head = chained(head, row, formatAddress(address))
        sequence += row.events
        rows += 1
        const heads = pending.get(sequence)
        if (heads?.size === 1 && heads.has(head.toString('hex'))) pending.delete(sequence)
        else if (heads !== undefined) return { rows, broken: { slot, sequence } }
      }
      reached(sequence)
    }
  } catch (error) {
    if (!(error instanceof Unfoldable)) throw error
    const [file] = await run(fileAfter(slot, sequence))
    return { rows, broken: { slot, sequence: Number(file?.['first'] ?? sequence + 1) } }
  }
  return { rows, broken: pending.size === 0 ? null : { slot, sequence: sequence + 1 } }
}
