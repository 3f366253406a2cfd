import { plain } from './plain.js'

/** @param {unknown} value */
function cell(value) {
  if (value === null || value === undefined) return '-'
  return plain(typeof value === 'string' ? value : JSON.stringify(value))
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)

/** @param {string[][]} rows */
function align(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/**
 * @param {Record<string, unknown>} value
 * @param {string} [indent]
 * @returns {string[]}
 */
function objectLines(value, indent = '') {
  const flat = Object.entries(value).filter(([, part]) => !isObject(part) || Object.keys(part).length === 0)
  const nested = Object.entries(value).filter(([, part]) => isObject(part) && Object.keys(part).length > 0)
  return [
    ...align(flat.map(([name, part]) => [plain(name), cell(part)])).map((line) => indent + line),
    ...nested.flatMap(([name, part]) => [
      `${indent}${plain(name)}`,
      ...objectLines(/** @type {any} */ (part), `${indent}  `),
    ]),
  ]
}

/** @param {Record<string, unknown>[]} items */
function tableLines(items) {
  if (items.length === 0) return ['none']
  const columns = [...new Set(items.flatMap((item) => Object.keys(item)))]
  return align([columns.map(plain), ...items.map((item) => columns.map((column) => cell(item[column])))])
}

/**
 * An answer for a person: a list as a table, an object line by line.
 * @param {unknown} value
 */
export function readable(value) {
  if (value === undefined) return 'done'
  if (!isObject(value)) return cell(value)
  const items = value['items']
  if (Array.isArray(items) && items.every(isObject)) return tableLines(items).join('\n')
  const lines = objectLines(value)
  return lines.length === 0 ? 'done' : lines.join('\n')
}
