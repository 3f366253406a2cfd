import type { Rate } from '@hearth/features'
import { HearthError, type Principal } from '@hearth/protocol'
import type { Allowance, Granted, HowToTake } from './buckets.ts'

/** Lets a call in: undefined where that is at once. Throws `rate.exceeded` for whoever has called more often than they may. */
export type Admit = (principal: Principal) => Promise<void> | undefined

export type TakeTokens = (
  name: string,
  allowance: Allowance,
  wanted: number,
  how?: HowToTake,
) => Granted | Promise<Granted>

export interface RatesOptions {
  rateOf(principal: Principal): Rate | null
  /** From where all processes of the server take. */
  readonly take: TakeTokens
  readonly now?: () => number
}

const spans: Readonly<Record<Rate['per'], number>> = { second: 1000, minute: 60_000, hour: 3_600_000 }

/** What was taken and not used by then is lost: meanwhile it may be too much for another process. */
const freshMs = 1000
/** Who may call often fetches so often at most. */
const fetchesASecond = 20
const mostPurses = 10_000

interface Purse {
  tokens: number
  at: number
  fetching: Promise<void> | null
}

export function createRates({ rateOf, take, now = () => performance.now() }: RatesOptions): Admit {
  const purses = new Map<string, Purse>()
  const spend = (purse: Purse): boolean => {
    if (purse.tokens < 1 || now() - purse.at > freshMs) return false
    purse.tokens -= 1
    return true
  }
  const fetch = async (purse: Purse, name: string, rate: Rate): Promise<void> => {
    const { requests, per } = rate
    const withinMs = spans[per]
    const wanted = Math.max(1, Math.floor((requests * 1000) / withinMs / fetchesASecond))
    const { granted, waitMs } = await take(name, { requests, withinMs }, wanted)
    if (granted === 0) throw exceeded(rate, waitMs)
    purse.tokens = granted
    purse.at = now()
  }
  const admitLater = async (purse: Purse, name: string, rate: Rate): Promise<void> => {
    do {
      purse.fetching ??= fetch(purse, name, rate).finally(() => (purse.fetching = null))
      await purse.fetching
    } while (!spend(purse))
  }
  return (principal) => {
    const rate = rateOf(principal)
    if (rate === null) return undefined
    const name = `${principal.tenant}/${principal.id}`
    if (purses.size >= mostPurses) purses.clear()
    const purse = purses.get(name) ?? { tokens: 0, at: 0, fetching: null }
    purses.set(name, purse)
    return spend(purse) ? undefined : admitLater(purse, name, rate)
  }
}

const exceeded = ({ requests, per }: Rate, waitMs: number): HearthError =>
  new HearthError('rate.exceeded', `This key may call ${requests} times a ${per}.`, {
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  })
