import { hash } from 'node:crypto'
import type { Sql } from 'postgres'

export interface Identity {
  readonly master: string
  readonly created: number
}

/** Of this installation; a restored one goes on as it was. */
export async function readIdentity(sql: Sql): Promise<Identity> {
  const [instance] = await sql`select master, created from hearth.instance`
  return { master: String(instance?.['master']), created: Number(instance?.['created']) }
}

/** Tells the backups of one server from those of others at the same place. */
export const serverName = ({ master, created }: Identity): string =>
  hash('sha256', `hearth server ${master} ${created}`, 'hex').slice(0, 12)
