import { plain } from './plain.js'
import { dim, noScreen } from './terminal/screen.js'
import { pairs, table } from './terminal/table.js'

/** @import { Screen } from './terminal/screen.js' */

/** @param {unknown} value */
export function cell(value) {
  if (value === null || value === undefined) return '-'
  return plain(typeof value === 'string' ? value : JSON.stringify(value))
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A text of several lines, which would be hard to read as one. @param {unknown} value @returns {value is string} */
const isLong = (value) => typeof value === 'string' && value.includes('\n')

/**
 * @param {Record<string, unknown>} value
 * @param {Screen} screen
 * @param {string} [indent]
 * @returns {string[]}
 */
function objectLines(value, screen, indent = '') {
  const flat = Object.entries(value).filter(
    ([, part]) => !isLong(part) && (!isObject(part) || Object.keys(part).length === 0),
  )
  const long = Object.entries(value).flatMap(([name, part]) => (isLong(part) ? [{ name, part }] : []))
  const nested = Object.entries(value).filter(([, part]) => isObject(part) && Object.keys(part).length > 0)
  return [
    ...pairs(
      flat.map(([name, part]) => [plain(name), cell(part)]),
      screen,
    ).map((line) => indent + line),
    ...long.flatMap(({ name, part }) => [
      indent + dim(plain(name), screen),
      ...part.split('\n').map((line) => `${indent}  ${plain(line)}`),
    ]),
    ...nested.flatMap(([name, part]) => [
      indent + dim(plain(name), screen),
      ...objectLines(/** @type {any} */ (part), screen, `${indent}  `),
    ]),
  ]
}

/**
 * A table, or where the terminal is too narrow for one, every item line by line.
 * @param {readonly Record<string, unknown>[]} items
 * @param {Screen} screen
 */
function itemLines(items, screen) {
  if (items.length === 0) return ['none']
  const all = [...new Set(items.flatMap((item) => Object.keys(item)))]
  // On a terminal room is dear: what no item has is left out.
  const columns = screen.columns === undefined ? all : all.filter((name) => items.some((item) => item[name] != null))
  const rows = [columns.map(plain), ...items.map((item) => columns.map((column) => cell(item[column])))]
  return (
    table(rows, screen) ?? items.flatMap((item, index) => [...(index === 0 ? [] : ['']), ...objectLines(item, screen)])
  )
}

/**
 * An answer for a person: a list as a table, an object line by line.
 * @param {unknown} value
 * @param {Screen} [screen]
 */
export function readable(value, screen = noScreen) {
  if (value === undefined) return 'done'
  if (!isObject(value)) return cell(value)
  const items = value['items']
  if (Array.isArray(items) && items.every(isObject)) return itemLines(items, screen).join('\n')
  const lines = objectLines(value, screen)
  return lines.length === 0 ? 'done' : lines.join('\n')
}
