// Array literals are written here and not by the driver: it quotes and escapes item by item with regular expressions,
// which cost more than the insert itself on batches of hundreds of rows.

export const numbers = (items: readonly number[]): string => `{${items.join(',')}}`

export const hex = (items: readonly Buffer[]): string =>
  items.length === 0 ? '{}' : `{"\\\\x${items.map((item) => item.toString('hex')).join('","\\\\x')}"}`

/** Of texts, as bytes. */
export const hexOrNull = (items: readonly (string | null)[]): string =>
  `{${items.map((item) => (item === null ? 'NULL' : `"\\\\x${Buffer.from(item).toString('hex')}"`)).join(',')}}`

/** For texts without quotes, commas, braces, backslashes or spaces: UUIDs and names of ours. */
export const words = (items: readonly string[]): string => `{${items.join(',')}}`

export function texts(items: readonly (string | null)[]): string {
  return `{${items.map((item) => (item === null ? 'NULL' : quote(item))).join(',')}}`
}

const plain = /^[A-Za-z0-9_.:@+-]+$/
/** What JSON would write otherwise than as it is, or before a backslash. */
const otherwise = /[\u0000-\u001f\u007f\ud800-\udfff]/

function quote(item: string): string {
  if (plain.test(item) && item.toLowerCase() !== 'null') return item
  // As JSON quotes it, which takes two thirds of the time.
  if (!otherwise.test(item)) return JSON.stringify(item)
  return `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
