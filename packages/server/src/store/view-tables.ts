import type { View, ViewWrite } from '@hearth/kernel'
import { numbers, texts } from './literals.ts'
import type { Statement } from './statement.ts'

export const tableOf = (view: View): string => `hearth.view_${view.name}_${view.version}`

/** What a rebuild fills beside the view's own. */
export const shadowOf = (view: View): string => `hearth.shadow_${view.name}_${view.version}`

/** Makes the table of a view. Run by the migrating role at start; what is there already stays. */
export function viewDefinition(view: View): readonly string[] {
  const table = tableOf(view)
  const columns = Object.entries(view.columns).map(([name, type]) => `${name} ${type}`)
  return [
    `create table ${table} (tenant text not null, home text not null, key text not null, ${columns.join(', ')},
      primary key (home, key, tenant)) with (fillfactor = 85)`,
    ...(view.indexes ?? []).map((index) => `create index on ${table} (${index.join(', ')})`),
    `select hearth.guard('${table}')`,
  ]
}

/** The puts and removes of one view in one batch. A key is in one of them only, since the last change of it counts. */
export function viewStatements(view: View, writes: readonly ViewWrite[], table = tableOf(view)): readonly Statement[] {
  const puts = writes.filter((write) => write.change.type === 'put')
  const removes = writes.filter((write) => write.change.type === 'remove')
  return [...(puts.length > 0 ? [put(view, puts, table)] : []), ...(removes.length > 0 ? [remove(removes, table)] : [])]
}

function put(view: View, writes: readonly ViewWrite[], table: string): Statement {
  const names = Object.keys(view.columns)
  const types = ['text', 'text', 'text', ...names.map((name) => view.columns[name])]
  const parameters = types.map((type, index) => `$${index + 1}::${type}[]`)
  const assignments = names.map((name) => `${name} = excluded.${name}`)
  return {
    text: `insert into ${table} (tenant, home, key, ${names.join(', ')}) select * from unnest(${parameters.join(', ')})
      on conflict (home, key, tenant) do update set ${assignments.join(', ')}`,
    values: [...placeOf(writes), ...names.map((name) => column(view, name, writes))],
  }
}

function column(view: View, name: string, writes: readonly ViewWrite[]): string {
  const items = writes.map(({ change }) => (change.type === 'put' ? (change.row[name] ?? null) : null))
  if (view.columns[name] === 'text') return texts(items.map((item) => (item === null ? null : String(item))))
  return items.every((item) => typeof item === 'number')
    ? numbers(items)
    : `{${items.map((item) => (item === null ? 'NULL' : String(item))).join(',')}}`
}

const remove = (writes: readonly ViewWrite[], table: string): Statement => ({
  text: `delete from ${table} v using unnest($1::text[], $2::text[], $3::text[]) g(tenant, home, key)
    where v.home = g.home and v.key = g.key and v.tenant = g.tenant`,
  values: placeOf(writes),
})

const placeOf = (writes: readonly ViewWrite[]): string[] => [
  texts(writes.map((write) => write.tenant)),
  texts(writes.map((write) => write.home)),
  texts(writes.map((write) => write.change.key)),
]
