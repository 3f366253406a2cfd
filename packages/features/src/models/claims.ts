import type { Claims } from '@hearth/models'
import type { EffectTools } from '../feature.ts'

/** Whoever ends without a word has it for so long. */
const lostMs = 30_000
const renewMs = 5_000
const alone = { leave: () => undefined }

/** A name is a bucket that holds one: whoever took it out has the name, and sees to it that it does not fill again meanwhile. */
export function createClaims({ allow }: Pick<EffectTools, 'allow'>): Claims {
  const allowance = { requests: 1, withinMs: lostMs }
  return {
    take: async (name) => {
      const bucket = `models once ${name}`
      const asked = allow(bucket, allowance, 1, 'all')
      if (!(asked instanceof Promise)) {
        // There is no other process.
        void allow(bucket, allowance, -1, 'always')
        return alone
      }
      // Where nobody can be asked there is nobody who asks.
      const { granted } = await asked.catch(() => ({ granted: 1 }))
      if (granted === 0) return null
      const keep = (amount: number): void => {
        // Where that is lost, another may ask for the same a little sooner, or later.
        void Promise.resolve(allow(bucket, allowance, amount, 'always')).catch(() => undefined)
      }
      const renewing = setInterval(() => keep(renewMs / lostMs), renewMs).unref()
      return {
        leave: () => {
          clearInterval(renewing)
          keep(-1)
        },
      }
    },
  }
}
