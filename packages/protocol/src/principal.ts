/**
 * What sort of caller it is: the owner, a person with an account, a program with a key, an agent in a turn, somebody on a channel, or
 * Hearth itself.
 */
export type PrincipalKind = 'owner' | 'member' | 'key' | 'agent' | 'channel' | 'hearth'

/** Who calls. `id` is stable for the caller's life and never the key itself. */
export interface Principal {
  readonly tenant: string
  readonly kind: PrincipalKind
  readonly id: string
  readonly home: string
  readonly scopes: readonly string[]
  /** It reaches its own home and nothing else, whatever its scopes. */
  readonly bound?: boolean
}

/** Held only by whoever was given it by its name: no wider scope means it. */
const explicit: ReadonlySet<string> = new Set(['network.private', 'files.local', 'texts.read'])

/** Whether a scope has to be given by its name. */
export const isExplicit = (scope: string): boolean => explicit.has(scope)

/** `*` allows everything, `reminders.*` all of an area, `reminders.write` one thing; some things are allowed by their name alone. */
export function allows({ scopes }: Pick<Principal, 'scopes'>, scope: string): boolean {
  if (explicit.has(scope)) return scopes.includes(scope)
  return scopes.some((held) => held === '*' || held === scope || held === `${areaOf(scope)}.*`)
}

/** Whether all that is allowed by a scope, which may be a wide one, is allowed to this caller. */
export function covers(principal: Pick<Principal, 'scopes'>, scope: string): boolean {
  if (scope === '*') return principal.scopes.includes('*')
  return allows(principal, scope)
}

/** Whether a scope means anything, given all permissions that there are. */
export function isScope(scope: string, permissions: ReadonlySet<string>): boolean {
  if (scope === '*' || explicit.has(scope) || permissions.has(scope)) return true
  return /^[a-z]+\.\*$/.test(scope) && [...permissions].some((permission) => areaOf(permission) === areaOf(scope))
}

const areaOf = (scope: string): string => scope.slice(0, scope.indexOf('.'))
