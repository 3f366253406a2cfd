import type { Address } from '@hearth/protocol'

/** The address of the actor that a row is of; `kind` is the column with its kind, where `kind` is something else's. */
export const addressOf = (row: Readonly<Record<string, unknown>>, kind = 'kind'): Address => ({
  tenant: String(row['tenant']),
  home: String(row['home']),
  kind: String(row[kind]),
  id: String(row['id']),
})
