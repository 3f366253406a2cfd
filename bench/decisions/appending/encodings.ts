import { hex, numbers, texts } from '../../../packages/server/src/store/literals.ts'
import type { Column } from './parts.ts'
import type { Encoding } from './statement.ts'

const isNumeric = ({ type }: Column): boolean => type === 'smallint' || type === 'integer' || type === 'bigint'

const plain = { parameter: ({ type }: Column) => type, expression: ({ name }: Column) => `g.${name}` }

function literal(column: Column): string {
  const { type, items } = column
  if (isNumeric(column)) return numbers(items as readonly number[])
  return type === 'bytea' ? hex(items as readonly Buffer[]) : texts(items as readonly (string | null)[])
}

/** Array literals written by hand, bytes in hexadecimal: what the product does. */
export const literals: Encoding = { ...plain, value: literal }

/** Bytes in base64, decoded by the statement. */
export const base64: Encoding = {
  parameter: ({ type }) => (type === 'bytea' ? 'text' : type),
  expression: ({ type, name }) => (type === 'bytea' ? `decode(g.${name}, 'base64')` : `g.${name}`),
  value: (column) =>
    column.type === 'bytea'
      ? `{${column.items.map((item) => (item as Buffer).toString('base64')).join(',')}}`
      : literal(column),
}

/** Arrays of JavaScript, given to the driver as they are. */
export const arraysFor = (wrap: (column: Column) => unknown): Encoding => ({ ...plain, value: wrap })
