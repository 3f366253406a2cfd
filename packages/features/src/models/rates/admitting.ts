import type { Asker, Rates } from '@hearth/models'
import { HearthError } from '@hearth/protocol'
import type { EffectTools } from '../../feature.ts'
import { scopesOf, whose } from '../scopes.ts'
import { ratesDocument, type Rate, type RatesDocument } from './actor.ts'

const minuteMs = 60_000

type Tools = Pick<EffectTools, 'references' | 'allow'>
type What = 'requests' | 'tokens'

/** What was taken, and can be given back. */
interface Taken {
  readonly name: string
  readonly what: What
  readonly most: number
  readonly amount: number
}

/** Holds callers to what they may ask in a minute, over all processes. Tokens are estimated first, and made good when they are known. */
export function createModelRates({ references, allow }: Tools): Rates {
  const ratesFor = (asker: Asker): readonly (readonly [scope: string, rate: Rate])[] => {
    const rates = references.get(asker.tenant, ratesDocument) as unknown as RatesDocument | null | undefined
    if (rates == null) return []
    return scopesOf(asker).flatMap((scope) => {
      const rate = Object.hasOwn(rates, scope) ? rates[scope] : undefined
      return rate === undefined ? [] : [[scope, rate] as const]
    })
  }

  const correct = ({ name, most }: Taken, by: number): void => {
    // Where that is lost, a minute makes it good.
    if (by !== 0)
      void Promise.resolve(allow(name, { requests: most, withinMs: minuteMs }, by, 'always')).catch(() => undefined)
  }

  const takeAll = async (
    asker: Asker,
    rates: ReturnType<typeof ratesFor>,
    tokens: number,
  ): Promise<readonly Taken[]> => {
    const taken: Taken[] = []
    for (const [scope, rate] of rates)
      for (const what of ['requests', 'tokens'] as const) {
        const most = rate[what]
        if (most === null) continue
        const name = `models ${what} ${asker.tenant}/${scope}`
        const amount = what === 'requests' ? 1 : tokens
        const { granted, waitMs } = await allow(name, { requests: most, withinMs: minuteMs }, amount, 'all')
        if (granted === 0) {
          for (const one of taken) correct(one, -one.amount)
          throw exceeded(scope, what, most, waitMs)
        }
        taken.push({ name, what, most, amount })
      }
    return taken
  }

  return {
    admit: (asker, tokens) => {
      const rates = ratesFor(asker)
      if (rates.length === 0) return null
      return takeAll(asker, rates, Math.max(1, tokens)).then((taken) => ({
        settle: (spent) => {
          for (const one of taken) if (one.what === 'tokens') correct(one, spent - one.amount)
        },
      }))
    },
  }
}

const exceeded = (scope: string, what: What, most: number, waitMs: number): HearthError => {
  const asked = what === 'requests' ? `asked ${most} times` : `used for ${most} tokens`
  const detail = `By ${whose(scope)} models may be ${asked} a minute.`
  return new HearthError('models.rate-exceeded', detail, { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) })
}
