import type { StoreTrouble } from '@hearth/kernel'

const bySqlState: Readonly<Record<string, StoreTrouble>> = {
  '25006': 'read-only',
  '28000': 'access-refused',
  '28P01': 'access-refused',
  '3D000': 'access-refused',
  '42501': 'access-refused',
  '53100': 'full',
  '53200': 'out-of-memory',
  '53300': 'too-many-connections',
  '55P03': 'slow',
  '57014': 'slow',
  '57P01': 'unreachable',
  '57P02': 'unreachable',
  '57P03': 'starting',
  '57P05': 'unreachable',
}

/** By the first two characters, where the whole says nothing. */
const byClass: Readonly<Record<string, StoreTrouble>> = { '08': 'unreachable', '58': 'damaged', XX: 'damaged' }

/** Errors of the machine that PostgreSQL tells as 58030 in words, and the driver as codes. */
const byWords: readonly (readonly [RegExp, StoreTrouble])[] = [
  [/no space left|disk quota|ENOSPC|EDQUOT/i, 'full'],
  [/read-only file system|EROFS/i, 'read-only'],
]

const driver = /^(?:CONNECT|E[A-Z]+$)/

/** Why the database did not do it. Undefined where the connection ended and nobody said why: it may be we who let go of it. */
export function troubleOf(error: unknown): StoreTrouble | undefined {
  const { code = '', message = '' } = error as { readonly code?: string; readonly message?: string }
  const isOurs = code === 'CONNECTION_CLOSED' || code === 'CONNECTION_ENDED' || code === 'CONNECTION_DESTROYED'
  if (isOurs) return undefined
  const told = byWords.find(([words]) => words.test(`${code} ${message}`))?.[1]
  if (told !== undefined) return told
  // It takes the connection and says nothing.
  if (code === 'CONNECT_TIMEOUT') return 'slow'
  if (driver.test(code)) return 'unreachable'
  return bySqlState[code] ?? byClass[code.slice(0, 2)] ?? 'failing'
}
