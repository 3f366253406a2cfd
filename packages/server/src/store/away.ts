import { HearthError } from '@hearth/protocol'
import type { StoreTrouble } from '@hearth/kernel'
import postgres from 'postgres'
import { ConnectionLost } from './renewing.ts'
import { troubleOf } from './trouble.ts'

// The driver's own errors and the system's carry such codes; what fails in reading the answer does not.
const away = /^(?:CONNECT|E[A-Z]+$)/

/** What a caller is told where the database could not be asked; undefined where it was asked and failed otherwise. */
export function unavailableBy(error: unknown): HearthError | undefined {
  if (error instanceof ConnectionLost) return unavailable('unreachable', error)
  const code = String((error as { readonly code?: unknown } | null)?.code ?? '')
  const isAway =
    error instanceof postgres.PostgresError ? /^(?:57|08|53)/.test(code) : away.test(code) && isOfSocket(error)
  return isAway ? unavailable(troubleOf(error) ?? 'unreachable', error) : undefined
}

/** Not of a file: those say which. */
const isOfSocket = (error: unknown): boolean => !('path' in (error as object)) || 'address' in (error as object)

export const unavailable = (trouble: StoreTrouble, cause: unknown): HearthError =>
  new HearthError('store.unavailable', `The database cannot do this at the moment (database.${trouble}).`, {
    retryAfterSeconds: 1,
    cause,
  })
