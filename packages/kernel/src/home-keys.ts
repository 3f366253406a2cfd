import type { KeyObject } from 'node:crypto'
import type { HomeKey } from './ports/log.ts'
import { newHomeKey, unwrap, wrap, type MasterKey } from './seal.ts'

/** The person whose home it is. Others who are written about in a home will have keys of their own. */
export const self = 'self'

export const homeKeyName = (tenant: string, home: string, person: string): string => `${tenant}\n${home}\n${person}`

export function openHomeKey(master: MasterKey, row: HomeKey): KeyObject {
  return unwrap(master, row.wrapped, homeKeyName(row.tenant, row.home, row.person))
}

export function makeHomeKey(
  master: MasterKey,
  tenant: string,
  home: string,
  person: string,
): { readonly row: HomeKey; readonly key: KeyObject } {
  const row = { tenant, home, person, wrapped: wrap(master, newHomeKey(), homeKeyName(tenant, home, person)) }
  return { row, key: openHomeKey(master, row) }
}
