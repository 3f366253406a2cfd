/** Who calls. `id` is stable for the caller's life and never the key itself. */
export interface Principal {
  readonly tenant: string
  readonly id: string
  readonly home: string
  readonly scopes: readonly string[]
}

/** `*` allows everything, `reminders.*` all of an area, `reminders.write` one thing. */
export function allows(principal: Principal, scope: string): boolean {
  const area = scope.slice(0, scope.indexOf('.'))
  return principal.scopes.some((held) => held === '*' || held === scope || held === `${area}.*`)
}
