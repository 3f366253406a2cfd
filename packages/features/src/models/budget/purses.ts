import type { Asker, Budget, Held, WorstCost } from '@hearth/models'
import { HearthError } from '@hearth/protocol'
import type { EffectTools, Json } from '../../feature.ts'
import { scopesOf, whose } from '../scopes.ts'
import { accountOf, type Account, type AccountCommand } from './account.ts'
import { documentName } from './limits.ts'
import { Purse, type Reservation } from './purse.ts'

/** After so long without a call what is not used goes back. */
const idleMs = 5_000
const lookEveryMs = 2_000
/** An answer that is shorter is of no use to anybody who did not ask for one. */
const leastAnswer = 16

type Tools = Pick<EffectTools, 'references' | 'decide' | 'beforeEnd'>

/** Sets money aside for calls, from what this process has leased of the accounts that whoever asks draws on. */
export function createPurses({ references, decide, beforeEnd }: Tools, holder: string): Budget {
  const purses = new Map<string, Purse>()
  let looking: NodeJS.Timeout | undefined

  const purseOf = (tenant: string, scope: string): Purse => {
    const name = `${tenant}/${scope}`
    const known = purses.get(name)
    if (known !== undefined) return known
    const address = accountOf(tenant, scope)
    const purse = new Purse({
      lease: async (atLeast, needed, wanted) => {
        const command: AccountCommand = { type: 'lease', holder, atLeast, needed, wanted }
        return (await decide(address, command, 500)) as unknown as { readonly granted: number; readonly left: number }
      },
      giveBack: async (returned, number) => {
        const command: AccountCommand = { type: 'settle', holder, spent: 0, returned, number }
        await decide(address, command, 500)
      },
    })
    purses.set(name, purse)
    looking ??= setInterval(rest, lookEveryMs).unref()
    return purse
  }

  const rest = (): void => {
    const now = performance.now()
    for (const purse of purses.values()) void purse.rest(now, idleMs)
  }
  beforeEnd(async () => {
    clearInterval(looking)
    await Promise.all([...purses.values()].map((purse) => purse.close()))
  })

  const boundOf = (asker: Asker): readonly string[] =>
    scopesOf(asker).filter((scope) => references.get(asker.tenant, documentName(scope)) != null)

  return {
    limits: (asker) => boundOf(asker).length > 0,
    reserve: (asker, cost) => {
      const accounts = boundOf(asker)
      return accounts.length === 0 ? null : setAside(asker, accounts, cost)
    },
  }

  async function setAside(
    asker: Asker,
    accounts: readonly string[],
    costOf: () => WorstCost | undefined,
  ): Promise<Held> {
    const hard = accounts.filter((scope) => isHard(references.get(asker.tenant, documentName(scope))))
    if (hard.length === 0) return unbounded(accounts)
    const cost = costOf()
    if (cost === undefined) throw priceUnknown()
    const { input, token, most } = cost
    const taken: (readonly [Purse, Reservation])[] = []
    const giveUp = (): void => taken.forEach(([purse, reservation]) => purse.release(reservation, 0))
    let paid = most
    for (const scope of hard) {
      const purse = purseOf(asker.tenant, scope)
      const least = input + token * Math.min(most, leastAnswer)
      const got = await purse.reserve(least, input + token * paid, performance.now()).catch((error: unknown) => {
        giveUp()
        throw error
      })
      if (got === undefined) {
        giveUp()
        throw exhausted(scope)
      }
      taken.push([purse, got])
      if (token > 0) paid = Math.min(paid, Math.floor((got.nano - input) / token))
    }
    return heldOf(accounts, taken, { most: paid, token })
  }
}

const isHard = (document: Json | undefined): boolean =>
  (document as unknown as Pick<Account, 'limits'>).limits.some(({ kind }) => kind === 'hard')

/** A soft limit holds nobody up: what a call costs is counted when it is known. */
const unbounded = (accounts: readonly string[]): Held => ({
  most: Number.MAX_SAFE_INTEGER,
  accounts,
  nano: 0,
  token: 0,
  release: () => undefined,
})

function heldOf(
  accounts: readonly string[],
  taken: readonly (readonly [Purse, Reservation])[],
  { most, token }: Pick<Held, 'most' | 'token'>,
): Held {
  const nano = Math.min(...taken.map(([, reservation]) => reservation.nano))
  return {
    most,
    accounts,
    nano,
    token,
    release: (cost) => taken.forEach(([purse, reservation]) => purse.release(reservation, cost)),
  }
}

const exhausted = (scope: string): HearthError =>
  new HearthError(
    'budgets.exhausted',
    `The budget of ${whose(scope)} does not reach for this call. Ask for a shorter answer, or have it raised.`,
  )

const priceUnknown = (): HearthError =>
  new HearthError(
    'models.price-unknown',
    'A budget is set, and no price is known for this model, or for a tool or a tier that it is asked with: it could not be held to.',
  )
