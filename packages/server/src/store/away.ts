import type { StoreTrouble } from '@hearth/kernel'
import { HearthError } from '@hearth/protocol'
import postgres from 'postgres'
import { troubleOf } from './trouble.ts'

/** Said by PostgreSQL: it ends, its connection failed, or it has no room for this one. */
const bySqlState = /^(?:57|08|53)/
/** Said by the driver, or of a connection that was open. */
const byCode = /^(?:CONNECT|ECONN|E(?:PIPE|TIMEDOUT|HOSTUNREACH|HOSTDOWN|NETUNREACH|NETDOWN)$)/
/** What failed before there was one. A file has failed in another way. */
const connecting = ['connect', 'getaddrinfo']

/** What a caller is told where the database could not be asked; undefined where it was asked, or something else failed. */
export function unavailableBy(error: unknown): HearthError | undefined {
  const { code = '', syscall = '' } = (error ?? {}) as { readonly code?: string; readonly syscall?: string }
  const isAway =
    error instanceof postgres.PostgresError ? bySqlState.test(code) : byCode.test(code) || connecting.includes(syscall)
  return isAway ? unavailable(troubleOf(error) ?? 'unreachable', error) : undefined
}

export const unavailable = (trouble: StoreTrouble, cause: unknown): HearthError =>
  new HearthError('store.unavailable', `The database cannot do this at the moment (database.${trouble}).`, {
    retryAfterSeconds: 1,
    cause,
  })
