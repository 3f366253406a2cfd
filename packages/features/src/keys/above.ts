import { covers, HearthError, isScope, type Json } from '@hearth/protocol'
import type { Caller } from '../feature.ts'
import { documentName as budgetOf } from '../models/budget/limits.ts'
import { hasRate } from '../models/rates/actor.ts'
import { hasTexts } from '../models/texts/setting.ts'
import { forgottenAt } from '../people/forgotten.ts'
import { invalid } from '../position-in.ts'
import { documentName, type KeyDocument, type KeyTerms } from './actor.ts'

const above = (detail: string): HearthError => new HearthError('keys.above-yourself', detail)

export const documentOf = (reference: Caller['reference'], id: string): KeyDocument | null =>
  (reference(documentName(id)) ?? null) as unknown as KeyDocument | null

/** What bounds the caller, where it calls with a key. */
const boundsOf = ({ principal, reference }: Caller): KeyDocument | null =>
  principal.kind === 'key' ? documentOf(reference, principal.id) : null

/** Nobody gives away more than they have: neither what may be done, nor for how long, nor how often. */
export function assertWithin(terms: Pick<KeyTerms, 'scopes' | 'expires'>, caller: Caller): void {
  const { principal, permissions } = caller
  const unknown = terms.scopes.find((scope) => !isScope(scope, permissions))
  if (unknown !== undefined) throw invalid('scopes', `${JSON.stringify(unknown)} is no scope that there is`)
  const wider = terms.scopes.find((scope) => !covers(principal, scope))
  if (wider !== undefined) throw above(`You do not have the scope ${wider} yourself.`)
  const bounds = boundsOf(caller)
  if (bounds === null) return
  // Several keys with its rate would be a greater one.
  if (bounds.rate !== null || hasRate(caller.reference, `key:${principal.id}`))
    throw above('A key with a rate of its own gives none to others.')
  if (caller.reference(budgetOf(`key:${principal.id}`)) != null)
    throw above('A key with a budget of its own gives none to others.')
  // What is kept of its calls would not be kept of theirs, or otherwise.
  if (hasTexts(caller.reference, `key:${principal.id}`))
    throw above('A key of whose calls something else is kept than of others gives none to others.')
  if (bounds.models != null) throw above('A key that may ask some models only gives none to others.')
  if (bounds.expires !== null && (terms.expires ?? Number.POSITIVE_INFINITY) > bounds.expires)
    throw above('This would be good for longer than your own key.')
}

/** Whoever may less than a key would become it by giving it a new secret, and could shut out whoever may more. */
export function assertAbove(id: string, caller: Caller): void {
  const document = documentOf(caller.reference, id)
  if (document === null || id === caller.principal.id) return
  const wider = document.scopes.find((scope) => !covers(caller.principal, scope))
  if (wider !== undefined) throw above(`This key has the scope ${wider}, you have not.`)
}

/** Whoever gets a new secret for a key has all that it has. */
export function assertMayTake(id: string, caller: Caller): void {
  assertAbove(id, caller)
  const document = documentOf(caller.reference, id)
  if (document !== null && id !== caller.principal.id) assertWithin({ ...document, scopes: [] }, caller)
}

/** A key that was bound to a home goes with whose home it was. */
export const isOfForgotten = (
  home: string | null,
  created: number,
  reference: (name: string) => Json | undefined,
): boolean => home !== null && forgottenAt(home, reference) >= created
