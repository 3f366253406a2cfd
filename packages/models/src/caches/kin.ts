import type { Exchange } from '../gateway/exchange.ts'
import type { WireCall } from '../wire/protocol.ts'
import { hashOf, whomOf, type CacheKey } from './key.ts'
import { meantBy, plainIn } from './plain.ts'
import type { CacheTerms } from './setting.ts'

export interface Kin {
  /** Null where what was answered in another form is no answer to it. */
  readonly asked: WireCall | null
  /** By what it is found by calls of another form, the nearest first. */
  readonly names: readonly string[]
}

export function kinOf(exchange: Exchange, { either }: CacheKey, terms: CacheTerms): Kin {
  const asked = plainIn(exchange)
  if (asked === null) return { asked, names: [] }
  const meant = meantBy(exchange, asked)
  if (meant === null) return { asked, names: [either] }
  return { asked, names: [either, hashOf(['meant', whomOf(exchange, terms), asked.model, meant])] }
}
