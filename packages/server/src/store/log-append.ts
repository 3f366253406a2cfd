import type { Batch } from '@hearth/kernel'
import { hex, hexOrNull, numbers, texts, words } from './literals.ts'
import type { Placement } from './logged-effects.ts'
import { writeEnds, writeOwed } from './owed-in-log.ts'
import { forgetting } from './log-forget.ts'
import type { Statement } from './statement.ts'
import { viewStatements } from './view-tables.ts'

/**
 * A commit is one statement. There is no moment between its parts at which a lost connection could leave some of them to
 * run elsewhere, and it costs one round trip. Parts see the state before it, so no part may touch what another writes.
 */
export function commitStatement(batch: Batch, placement: Placement): Statement {
  const views = [...batch.views].flatMap(([view, writes]) => viewStatements(view, [...writes.values()]))
  return joined([...parts(batch, placement), ...views])
}

const composed = new Map<string, string>()

// The texts are few: one for each combination of parts. Each is prepared once a connection.
function joined(statements: readonly Statement[]): Statement {
  const shape = statements.map((statement) => statement.text).join('\n')
  const known = composed.get(shape) ?? compose(statements)
  composed.set(shape, known)
  return { text: known, values: statements.flatMap((statement) => statement.values) }
}

function compose(statements: readonly Statement[]): string {
  let offset = 0
  const parts = statements.map(({ text, values }, index) => {
    const from = offset
    offset += values.length
    return `part_${index} as (${text.replace(/\$(\d+)/g, (_, number: string) => `$${Number(number) + from}`)})`
  })
  return `with ${parts.join(',\n')}\nselect count(*) from part_0`
}

function parts(batch: Batch, placement: Placement): readonly Statement[] {
  const { inserted, deleted, changed } = placement
  return [
    advance(batch, placement),
    ...(batch.actors.length > 0 ? [actors(batch)] : []),
    ...(batch.rows.length > 0 ? [rows(batch, placement)] : []),
    ...(batch.snapshots.length > 0 ? [snapshots(batch)] : []),
    ...(inserted.length > 0 ? [effects(inserted)] : []),
    ...(deleted.length > 0 ? [settled(deleted)] : []),
    ...(batch.cancelled.length > 0 ? [cancelled(batch)] : []),
    ...(changed.length > 0 ? [change(changed)] : []),
    ...(batch.keys.length > 0 ? [keys(batch)] : []),
    ...(batch.homeKeys.length > 0 ? [homeKeys(batch)] : []),
    ...batch.forgotten.flatMap(forgetting),
    ...(batch.references.length > 0 ? [references(batch)] : []),
    ...(batch.dead.length > 0 ? [dead(batch)] : []),
    ...(batch.mended.length > 0 ? [mended(batch)] : []),
  ]
}

const advance = ({ slots }: Batch, { owedFrom }: Placement): Statement => ({
  text: `select hearth.advance($1::smallint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[], $7::bigint[])`,
  values: [
    numbers(slots.map(({ before }) => before.slot)),
    numbers(slots.map(({ before }) => before.epoch)),
    numbers(slots.map(({ before }) => before.sequence)),
    numbers(slots.map(({ after }) => after.sequence)),
    numbers(slots.map(({ after }) => after.actors)),
    hex(slots.map(({ after }) => after.head)),
    numbers(slots.map(({ before }) => owedFrom.get(before.slot) as number)),
  ],
})

const actors = ({ actors: items }: Batch): Statement => ({
  text: `insert into hearth.actors (actor, slot, tenant, home, kind, id)
    select * from unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[])`,
  values: [
    numbers(items.map((item) => item.actor)),
    numbers(items.map((item) => item.slot)),
    texts(items.map((item) => item.address.tenant)),
    texts(items.map((item) => item.address.home)),
    texts(items.map((item) => item.address.kind)),
    texts(items.map((item) => item.address.id)),
  ],
})

const rows = ({ rows: items }: Batch, { owes, ends }: Placement): Statement => ({
  text: `insert into hearth.log (slot, sequence, events, actor, version, at, tenant, person, types, data, owes, ends)
    select * from unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::bigint[], $5::integer[], $6::bigint[],
                         $7::text[], $8::text[], $9::text[], $10::bytea[], $11::bytea[], $12::text[])`,
  values: [
    numbers(items.map((item) => item.slot)),
    numbers(items.map((item) => item.sequence)),
    numbers(items.map((item) => item.events)),
    numbers(items.map((item) => item.actor)),
    numbers(items.map((item) => item.version)),
    numbers(items.map((item) => item.at)),
    texts(items.map((item) => item.tenant)),
    texts(items.map((item) => item.person)),
    texts(items.map((item) => item.types)),
    hex(items.map((item) => item.data)),
    hexOrNull(items.map((item, index) => writtenOrNull(owes.get(index), (effects) => writeOwed(effects, item)))),
    texts(items.map((_item, index) => writtenOrNull(ends.get(index), writeEnds))),
  ],
})

const writtenOrNull = <T>(items: readonly T[] | undefined, write: (items: readonly T[]) => string): string | null =>
  items === undefined ? null : write(items)

const snapshots = ({ snapshots: items }: Batch): Statement => ({
  text: `insert into hearth.snapshots (actor, sequence, version, shape, tenant, person, data)
    select * from unnest($1::bigint[], $2::bigint[], $3::integer[], $4::integer[], $5::text[], $6::text[], $7::bytea[])
    on conflict (actor) do update set sequence = excluded.sequence, version = excluded.version, shape = excluded.shape,
      person = excluded.person, data = excluded.data`,
  values: [
    numbers(items.map((item) => item.actor)),
    numbers(items.map((item) => item.sequence)),
    numbers(items.map((item) => item.version)),
    numbers(items.map((item) => item.shape)),
    texts(items.map((item) => item.tenant)),
    texts(items.map((item) => item.person)),
    hex(items.map((item) => item.data)),
  ],
})

const effects = (items: Placement['inserted']): Statement => ({
  text: `insert into hearth.effects (slot, sequence, ordinal, actor, tenant, kind, due, attempt, person, request, state, failure, ordering)
    select * from unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::bigint[], $5::text[], $6::text[],
                         $7::bigint[], $8::integer[], $9::text[], $10::bytea[], $11::text[], $12::text[], $13::text[])`,
  values: [
    numbers(items.map((item) => item.slot)),
    numbers(items.map((item) => item.sequence)),
    numbers(items.map((item) => item.ordinal)),
    numbers(items.map((item) => item.actor)),
    texts(items.map((item) => item.address.tenant)),
    texts(items.map((item) => item.kind)),
    numbers(items.map((item) => item.due)),
    numbers(items.map((item) => item.attempt)),
    texts(items.map((item) => item.person)),
    hex(items.map((item) => item.request)),
    words(items.map((item) => item.state)),
    texts(items.map((item) => item.failure?.replaceAll('\u0000', '') ?? null)),
    texts(items.map((item) => item.order ?? null)),
  ],
})

const settled = (items: Placement['deleted']): Statement => ({
  text: `delete from hearth.effects e using unnest($1::smallint[], $2::bigint[], $3::smallint[]) g(slot, sequence, ordinal)
    where e.slot = g.slot and e.sequence = g.sequence and e.ordinal = g.ordinal`,
  values: [
    numbers(items.map((item) => item.slot)),
    numbers(items.map((item) => item.sequence)),
    numbers(items.map((item) => item.ordinal)),
  ],
})

const cancelled = ({ cancelled: items }: Batch): Statement => ({
  text: `delete from hearth.effects e using unnest($1::smallint[], $2::bigint[], $3::smallint[]) g(slot, sequence, ordinal)
    where e.slot = g.slot and e.sequence = g.sequence and e.ordinal = g.ordinal and (e.kind = 'timer' or e.attempt <= 0)`,
  values: [
    numbers(items.map((item) => item.slot)),
    numbers(items.map((item) => item.sequence)),
    numbers(items.map((item) => item.ordinal)),
  ],
})

const change = (items: Placement['changed']): Statement => ({
  text: `update hearth.effects e set state = g.state, due = g.due, attempt = g.attempt, failure = coalesce(g.failure, e.failure)
    from unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::text[], $5::bigint[], $6::integer[], $7::text[])
         g(slot, sequence, ordinal, state, due, attempt, failure)
    where e.slot = g.slot and e.sequence = g.sequence and e.ordinal = g.ordinal`,
  values: [
    numbers(items.map((item) => item.slot)),
    numbers(items.map((item) => item.sequence)),
    numbers(items.map((item) => item.ordinal)),
    words(items.map((item) => item.state)),
    numbers(items.map((item) => item.due)),
    numbers(items.map((item) => item.attempt)),
    texts(items.map((item) => item.failure?.replaceAll('\u0000', '') ?? null)),
  ],
})

const keys = ({ keys: items }: Batch): Statement => ({
  text: `insert into hearth.keys (scope, hash, day, status, tenant, home, person, body)
    select * from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::bytea[])`,
  values: [
    words(items.map((item) => item.scope)),
    words(items.map((item) => item.hash)),
    numbers(items.map((item) => item.day)),
    numbers(items.map((item) => item.status)),
    texts(items.map((item) => item.tenant)),
    texts(items.map((item) => item.home)),
    texts(items.map((item) => item.person)),
    hex(items.map((item) => item.body)),
  ],
})

const homeKeys = ({ homeKeys: items }: Batch): Statement => ({
  text: `insert into hearth.home_keys (tenant, home, person, wrapped)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::bytea[])`,
  values: [
    texts(items.map((item) => item.tenant)),
    texts(items.map((item) => item.home)),
    texts(items.map((item) => item.person)),
    hex(items.map((item) => item.wrapped)),
  ],
})

const references = ({ references: items }: Batch): Statement => ({
  text: `insert into hearth.tenant_documents (tenant, name, data) select * from unnest($1::text[], $2::text[], $3::text[])
    on conflict (tenant, name) do update set data = excluded.data`,
  values: [
    texts(items.map((item) => item.tenant)),
    texts(items.map((item) => item.name)),
    texts(items.map((item) => item.data)),
  ],
})

const dead = ({ dead: items }: Batch): Statement => ({
  text: `insert into hearth.dead_letters (command, tenant, slot, at, address, home, person, failure, body)
    select * from unnest($1::text[], $2::text[], $3::smallint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[])
    on conflict do nothing`,
  values: [
    texts(items.map((item) => item.command)),
    texts(items.map((item) => item.tenant)),
    numbers(items.map((item) => item.slot)),
    numbers(items.map((item) => item.at)),
    texts(items.map((item) => item.address)),
    texts(items.map((item) => item.home)),
    texts(items.map((item) => item.person)),
    texts(items.map((item) => item.failure.replaceAll('\u0000', ''))),
    hex(items.map((item) => item.body)),
  ],
})

const mended = ({ mended: items }: Batch): Statement => ({
  text: 'delete from hearth.dead_letters where command = any ($1::text[])',
  values: [texts(items.map((item) => item.command))],
})
