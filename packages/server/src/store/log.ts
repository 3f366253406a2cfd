import type { AppendOutcome, Batch, EffectRow, Log, LogWriter, ReferenceRow, SlotState } from '@hearth/kernel'
import postgres from 'postgres'
import type { ConnectionOptions } from './connection.ts'
import { numbers } from './literals.ts'
import { commitStatement } from './log-append.ts'
import { loadWith } from './log-load.ts'
import { createRenewingClient, type RenewingClient } from './renewing.ts'
import type { Statement } from './statement.ts'

export type Run = (statement: Statement) => Promise<readonly Record<string, unknown>[]>

/** The log in PostgreSQL. A writer has one connection, whose statements are answered in order. */
export function createPostgresLog(connection: () => ConnectionOptions, tenants: () => readonly string[]): Log {
  // The tenants are declared in the start-up message: a connection that was made anew after a crash has them too.
  const connect = (): RenewingClient =>
    createRenewingClient(connection, {
      max: 1,
      connection: { application_name: 'hearth-lane', 'hearth.tenants': `{${tenants().join(',')}}` },
    })
  return {
    writer: (owner) => createWriter(connect(), owner),
    references: async () => {
      await using client = connect()
      return await client.use((sql) => sql<ReferenceRow[]>`select tenant, name, data from hearth.tenant_documents`)
    },
  }
}

function createWriter(client: RenewingClient, owner: string): LogWriter {
  const run: Run = ({ text, values }) => client.use((sql) => sql.unsafe(text, [...values], { prepare: true }))
  return {
    claim: async (slots, how) => (await run(claim(slots, owner, how))).map(toSlotState),
    load: (request) => loadWith(run, request),
    append: (batch) => append(run, batch),
    owed: async (slots, after, limit) => (await run(owed(slots, after, limit))).map(toEffectRow),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

const claim = (slots: readonly number[], owner: string, how: 'take' | 'keep'): Statement => ({
  text: `with held as materialized (
      select slot from hearth.slots where slot = any ($1::smallint[]) and ($3::integer = 1 or owner = $2::text) order by slot for update)
    update hearth.slots s set epoch = s.epoch + 1, owner = $2::text from held where s.slot = held.slot
    returning s.slot, s.epoch, s.sequence, s.actors, s.head`,
  values: [numbers(slots), owner, how === 'take' ? '1' : '0'],
})

const toSlotState = (row: Record<string, unknown>): SlotState => ({
  slot: Number(row['slot']),
  epoch: Number(row['epoch']),
  sequence: Number(row['sequence']),
  actors: Number(row['actors']),
  head: row['head'] as Buffer,
})

const owed = (slots: readonly number[], after: Parameters<LogWriter['owed']>[1], limit: number): Statement => {
  const from = after ?? { due: -1, slot: -1, sequence: -1, ordinal: -1 }
  return {
    text: `select e.slot, e.sequence, e.ordinal, e.actor, e.kind, e.due, e.attempt, e.person, e.request,
        a.tenant, a.home, a.kind as actor_kind, a.id
      from hearth.effects e join hearth.actors a on a.actor = e.actor
      where e.state = 'owed' and e.slot = any ($1::smallint[]) and e.due >= $2::bigint
        and (e.due, e.slot, e.sequence, e.ordinal) > ($2::bigint, $3::smallint, $4::bigint, $5::smallint)
      order by e.due, e.slot, e.sequence, e.ordinal limit $6::integer`,
    values: [
      numbers(slots),
      String(from.due),
      String(from.slot),
      String(from.sequence),
      String(from.ordinal),
      String(limit),
    ],
  }
}

const toEffectRow = (row: Record<string, unknown>): EffectRow => ({
  slot: Number(row['slot']),
  sequence: Number(row['sequence']),
  ordinal: Number(row['ordinal']),
  actor: Number(row['actor']),
  address: {
    tenant: String(row['tenant']),
    home: String(row['home']),
    kind: String(row['actor_kind']),
    id: String(row['id']),
  },
  kind: String(row['kind']),
  due: Number(row['due']),
  attempt: Number(row['attempt']),
  person: row['person'] as string | null,
  request: row['request'] as Buffer,
})

async function append(run: Run, batch: Batch): Promise<AppendOutcome> {
  try {
    await run(commitStatement(batch))
    return { type: 'committed' }
  } catch (error) {
    return judge(error as Error & { readonly code?: string })
  }
}

function judge(error: Error & { readonly code?: string }): AppendOutcome {
  const code = error.code ?? ''
  const reason = `${code} ${error.message}`
  if (code === 'HE001') return { type: 'fenced' }
  // What the server itself did not say leaves open whether it committed; so does a server that is going down (57P0x).
  if (!(error instanceof postgres.PostgresError) || code.startsWith('57P') || code.startsWith('08'))
    return { type: 'unknown', reason }
  const passes =
    code.startsWith('53') || code.startsWith('40') || code.startsWith('55') || code.startsWith('58') || code === '25006'
  return passes ? { type: 'unavailable', reason } : { type: 'refused', reason }
}
