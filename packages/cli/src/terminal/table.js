import { bold, dim } from './screen.js'
import { padTo, shorten, widthOf } from './width.js'

/** @import { Screen } from './screen.js' */

const gap = 2
const narrowest = 12

/**
 * Cells below each other. On a terminal texts are shortened until a row fits; undefined where it cannot.
 * @param {readonly (readonly string[])[]} rows the first is the head
 * @param {Screen} screen
 * @returns {string[] | undefined}
 */
export function table(rows, screen) {
  const widths = widthsOf(rows, screen)
  if (widths === undefined) return undefined
  return rows.map((row, index) => (index === 0 ? bold(line(row, widths), screen) : line(row, widths)))
}

/**
 * @param {readonly (readonly string[])[]} rows
 * @param {Screen} screen
 */
function widthsOf(rows, { columns }) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))))
  const sum = () => widths.reduce((total, width) => total + width, gap * (widths.length - 1))
  if (columns === undefined || sum() <= columns) return widths
  // What is copied, such as an id, is one word and stays whole; sentences give way, the longest first.
  const soft = widths.map((_, column) => rows.slice(1).some((row) => /\s/.test(row[column] ?? '')))
  for (let over = sum() - columns; over > 0; over = sum() - columns) {
    const longest = Math.max(...widths.filter((_, column) => soft[column]))
    if (!(longest > narrowest)) return undefined
    const at = widths.findIndex((width, column) => soft[column] === true && width === longest)
    const next = Math.max(narrowest, ...widths.filter((width, column) => soft[column] && width < longest))
    widths[at] = Math.max(next, longest - over)
  }
  return widths
}

/**
 * @param {readonly string[]} row
 * @param {readonly number[]} widths
 */
const line = (row, widths) =>
  row
    .map((text, column) => padTo(shorten(text, widths[column] ?? widthOf(text)), widths[column] ?? 0))
    .join(' '.repeat(gap))
    .trimEnd()

/**
 * Names and what they hold, line by line.
 * @param {readonly (readonly [string, string])[]} entries
 * @param {Screen} screen
 */
export function pairs(entries, screen) {
  const width = Math.max(0, ...entries.map(([name]) => widthOf(name)))
  return entries.map(([name, text]) => `${dim(padTo(name, width), screen)}${' '.repeat(gap)}${text}`.trimEnd())
}
