import type { AppendOutcome, Batch, ClaimedSlot, Log, LogWriter, ReferenceRow } from '@hearth/kernel'
import postgres from 'postgres'
import { noArchive, type Archive } from './archive/archive.ts'
import { withArchived } from './archive/archived-actors.ts'
import { slotsWithFiles } from './archive/rows-in-order.ts'
import { daysMissing, makeDays } from './key-days.ts'
import type { ConnectionOptions } from './connection.ts'
import { numbers } from './literals.ts'
import { commitStatement } from './log-append.ts'
import { LoggedEffects, type LoggedEffectsLimits, type Placement } from './logged-effects.ts'
import { firstsOf, owedOf, toEffectRow } from './log-owed.ts'
import { readOwedInLog } from './owed-in-log.ts'
import { waking } from './log-wake.ts'
import { loadWith } from './log-load.ts'
import { createRenewingClient, type RenewingClient } from './renewing.ts'
import type { Run, Statement } from './statement.ts'
import { troubleOf } from './trouble.ts'

// A lane only ever asks by key. Its statements are planned while the tables are empty, when any plan looks as good as another,
// and a plan that reads a whole table stays until the first ANALYZE.
export const byKeyOnly = {
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
}

/** The log in PostgreSQL. A writer has one connection, whose statements are answered in order. */
export function createPostgresLog(
  connection: () => ConnectionOptions,
  tenants: () => readonly string[],
  limits?: LoggedEffectsLimits,
  archive: Archive = noArchive(),
): Log {
  // The tenants are declared in the start-up message: a connection that was made anew after a crash has them too.
  const connect = (): RenewingClient =>
    createRenewingClient(connection, {
      max: 1,
      connection: { application_name: 'hearth-lane', 'hearth.tenants': `{${tenants().join(',')}}`, ...byKeyOnly },
    })
  return {
    writer: (owner) => createWriter(connect(), owner, new LoggedEffects(limits), archive),
    trouble: troubleOf,
    references: async () => {
      await using client = connect()
      return await client.use((sql) => sql<ReferenceRow[]>`select tenant, name, data from hearth.tenant_documents`)
    },
  }
}

function createWriter(client: RenewingClient, owner: string, logged: LoggedEffects, archive: Archive): LogWriter {
  const run: Run = ({ text, values, seldom = false }) =>
    client.use((sql) => sql.unsafe(text, [...values], { prepare: !seldom }))
  return {
    claim: async (slots, how) => {
      // Sent together, so that whatever is asked after this is answered after it.
      const [rows, { owed, over }, filed] = await Promise.all([
        run(claim(slots, owner, how)),
        readOwedInLog(run, slots),
        run(slotsWithFiles(slots)),
      ])
      archive.note(filed.map((row) => Number(row['slot'])))
      for (const row of rows) {
        const slot = Number(row['slot'])
        const ofSlot = <T extends { readonly slot: number }>(items: readonly T[]) =>
          items.filter((item) => item.slot === slot)
        logged.reset(slot, Number(row['owed_from']), ofSlot(owed), ofSlot(over))
      }
      return rows.map(toSlot)
    },
    load: async (request) => withArchived(run, archive, request.addresses, await loadWith(run, request)),
    append: (batch) => append(run, logged, batch),
    owed: (...question) => owedOf(run, logged, ...question),
    firsts: async (lines) => (await run(firstsOf(lines))).map(toEffectRow),
    wake: async (slots, met, limit) => (await run(waking(slots, owner, met, limit))).map(toEffectRow),
    interrupt: () => client.interrupt(),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

const claim = (slots: readonly number[], owner: string, how: 'take' | 'keep'): Statement => ({
  text: `with held as materialized (
      select slot from hearth.slots where slot = any ($1::smallint[]) and ($3::integer = 1 or owner = $2::text) order by slot for update)
    update hearth.slots s set epoch = s.epoch + 1, owner = $2::text from held where s.slot = held.slot
    returning s.slot, s.epoch, s.sequence, s.actors, s.head, s.owed_from,
      coalesce((select l.at from hearth.log l where l.slot = s.slot order by l.sequence desc limit 1),
               (select a.newest from hearth.archives a where a.slot = s.slot order by a.first desc limit 1)) as at`,
  values: [numbers(slots), owner, how === 'take' ? '1' : '0'],
})

const toSlot = (row: Record<string, unknown>): ClaimedSlot => ({
  slot: Number(row['slot']),
  epoch: Number(row['epoch']),
  sequence: Number(row['sequence']),
  actors: Number(row['actors']),
  head: row['head'] as Buffer,
  at: Number(row['at'] ?? 0),
})

async function append(run: Run, logged: LoggedEffects, batch: Batch): Promise<AppendOutcome> {
  // It owns what it claimed, and nothing else.
  if (!batch.slots.every(({ before }) => logged.knows(before.slot))) return { type: 'fenced' }
  let placement: Placement
  let statement: Statement
  try {
    placement = logged.place(batch)
    statement = commitStatement(batch, placement)
  } catch (error) {
    // Nothing was sent: halving finds the command whose data cannot be written down.
    return { type: 'refused', reason: error instanceof Error ? error.message : String(error) }
  }
  try {
    await run(statement)
    logged.take(placement, batch)
    return { type: 'committed' }
  } catch (error) {
    return daysMissing(error) ? makeDays(run, batch) : judge(error)
  }
}

/** Only what the server says of the data itself is the data's fault; the rest passes, or has to be mended. */
export function judge(error: unknown): AppendOutcome {
  const { code = '', message = String(error) } = error as { readonly code?: string; readonly message?: string }
  const reason = `${code} ${message}`
  const trouble = troubleOf(error)
  const why = trouble === undefined ? { reason } : { reason, trouble }
  // What the server itself did not say leaves open whether it committed; so does a server that is going down (57P0x).
  if (!(error instanceof postgres.PostgresError) || code.startsWith('57P') || code.startsWith('08'))
    return { type: 'unknown', ...why }
  if (code === 'HE001') return { type: 'fenced' }
  const refused = ['22', '23', '54'].includes(code.slice(0, 2)) && !daysMissing(error)
  return refused ? { type: 'refused', reason } : { type: 'unavailable', ...why }
}
