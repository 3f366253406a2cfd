import type { Column, Part } from './parts.ts'

/** How the values of a column travel: as what parameter, in what form, and how the statement reads them. */
export interface Encoding {
  parameter(column: Column): string
  expression(column: Column): string
  value(column: Column): unknown
}

export interface Made {
  readonly text: string
  readonly values: readonly unknown[]
}

export const statementOf = (part: Part, encoding: Encoding): Made => ({
  text: textOf(part, encoding, 0),
  values: valuesOf(part, encoding),
})

const texts = new Map<string, string>()

/** All parts in one statement, as the product writes it. */
export function oneStatement(parts: readonly Part[], encoding: Encoding): Made {
  const shape = parts.map((part) => `${part.type} ${part.table}`).join()
  const text = texts.get(shape) ?? compose(parts, encoding)
  texts.set(shape, text)
  return { text, values: parts.flatMap((part) => valuesOf(part, encoding)) }
}

function compose(parts: readonly Part[], encoding: Encoding): string {
  let offset = 0
  const expressions = parts.map((part, index) => {
    const from = offset
    offset += part.columns.length
    return `part_${index} as (${textOf(part, encoding, from)})`
  })
  return `with ${expressions.join(',\n')}\nselect count(*) from part_0`
}

const valuesOf = ({ columns }: Part, encoding: Encoding): unknown[] => columns.map((column) => encoding.value(column))

function textOf({ type, table, columns, conflict = '' }: Part, encoding: Encoding, offset: number): string {
  const names = columns.map(({ name }) => name).join(', ')
  const parameters = columns
    .map((column, index) => `$${index + 1 + offset}::${encoding.parameter(column)}[]`)
    .join(', ')
  const rows = `unnest(${parameters}) g(${names})`
  switch (type) {
    case 'advance':
      return `select hearth.advance(${columns.map((column, index) => whole(column, index + 1 + offset, encoding)).join(', ')})`
    case 'insert': {
      const taken = columns.map((column) => encoding.expression(column)).join(', ')
      return `insert into ${table} (${names}) select ${taken} from ${rows} ${conflict}`
    }
    case 'delete':
      return `delete from ${table} e using ${rows} where ${columns.map(({ name }) => `e.${name} = g.${name}`).join(' and ')}`
  }
}

/** A column handed to a function as an array. */
function whole(column: Column, place: number, encoding: Encoding): string {
  const parameter = `$${place}::${encoding.parameter(column)}[]`
  if (encoding.parameter(column) === column.type) return parameter
  return `array(select ${encoding.expression(column)} from unnest(${parameter}) with ordinality g(${column.name}, place) order by place)`
}
