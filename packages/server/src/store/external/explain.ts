import { HearthError } from '@hearth/protocol'
import type { ConnectionOptions } from '../connection.ts'

const loginRefused = new Set(['28000', '28P01'])

export const isLoginRefused = (error: unknown): boolean => loginRefused.has(codeOf(error))

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? ''

/** Says what is wrong with a database in the owner's words, without the password. */
export function explain(error: unknown, { host, port, user, database }: ConnectionOptions): unknown {
  if (error instanceof HearthError) return error
  const code = codeOf(error)
  const reason = (error instanceof Error && error.message) || code
  const where = host.includes(',') ? host : `${host}:${port}`
  const options = { cause: error }
  if (isLoginRefused(error)) {
    const detail = `PostgreSQL at ${where} does not let "${user}" in: ${reason}. Its pg_hba.conf and the password decide that.`
    return new HearthError('store.login-refused', detail, options)
  }
  if (code === '3D000') {
    return new HearthError(
      'store.database-missing',
      `There is no database "${database}" at ${where}. Make it first.`,
      options,
    )
  }
  const detail = `The database "${database}" at ${where} cannot be used: ${reason}.`
  return new HearthError('store.unreachable', detail, options)
}
