import type { Sql } from 'postgres'

export interface Asked {
  readonly text: string
  readonly values: readonly unknown[]
}

interface Node {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly 'Plan Rows': number
  readonly 'Actual Rows'?: number
  readonly 'Actual Loops'?: number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Join Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly Plans?: readonly Node[]
}

/** Tables that stay small whatever is done: one row a slot, a tenant, a document, an installation. */
const small = new Set(['slots', 'tenants', 'tenant_documents', 'instance'])

/** How many rows a question may look at. The largest page is that of what is owed: 5,000, and one more to see whether there are others. */
const mostRows = 6_000

export interface Faults {
  readonly faults: readonly string[]
  readonly plan: string
}

/** What is wrong with the plan of a statement. One that only reads is run, and what it looked at counted. */
export async function faultsOf(sql: Sql, { text, values }: Asked): Promise<Faults> {
  const writes = /\b(insert|update|delete)\b|hearth\.advance|for update|for share/i.test(text)
  const how = writes ? 'format json' : 'analyze, timing off, summary off, format json'
  const [row] = await sql.unsafe(`explain (${how}) ${text}`, values as never[], { prepare: false })
  const [explained] = row?.['QUERY PLAN'] as readonly [{ readonly Plan: Node }]
  const nodes = allOf(explained.Plan)
  return { faults: nodes.flatMap(faultsIn), plan: drawn(explained.Plan) }
}

const drawn = (node: Node, depth = 1): string => {
  const {
    'Node Type': type,
    'Relation Name': table = '',
    'Index Name': index = '',
    'Index Cond': condition = '',
  } = node
  const line = `${'  '.repeat(depth)}${type} ${table} ${index} ${condition} expected ${node['Plan Rows']}, looked at ${lookedAt(node)}`
  return [line, ...(node.Plans ?? []).map((each) => drawn(each, depth + 1))].join('\n')
}

const allOf = (node: Node): readonly Node[] => [node, ...(node.Plans ?? []).flatMap(allOf)]

function faultsIn(node: Node): readonly string[] {
  const type = node['Node Type']
  const table = node['Relation Name']
  const isLarge = table !== undefined && !small.has(table)
  if (type === 'Seq Scan' && isLarge) return [`reads all of ${table}`]
  const looked = lookedAt(node)
  if (isLarge && looked > mostRows) return [`looks at ${looked} rows of ${table}`]
  const sorted = (node.Plans ?? []).reduce((sum, input) => sum + producedBy(input), 0)
  if (/Sort/.test(type) && sorted > mostRows) return [`sorts ${sorted} rows`]
  return []
}

const producedBy = (node: Node): number => (node['Actual Rows'] ?? node['Plan Rows']) * (node['Actual Loops'] ?? 1)

/** Counted where it was run; else as far as the planner knows, and all where an index is read from end to end. */
function lookedAt(node: Node): number {
  if (node['Actual Rows'] === undefined)
    return node['Node Type'].startsWith('Index') && node['Index Cond'] === undefined ? Infinity : 0
  const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)
  return (node['Actual Rows'] + removed) * (node['Actual Loops'] ?? 1)
}
