import { estimateTextTokens } from '../catalog/text-tokens.ts'
import type { Usage } from '../language.ts'
import type { Tried } from '../gateway/tried.ts'
import type { Trying } from '../gateway/trying.ts'

/** A call that goes out together with others. */
export interface Member {
  readonly trying: Trying
  readonly texts: readonly string[]
  /** About as many as they have. */
  readonly tokens: number
  /** The headers of its answer. */
  readonly headers: (usage: Usage | undefined) => Readonly<Record<string, string>>
  /** Asks for it alone, and as it came. */
  readonly alone: () => Promise<Tried>
  readonly resolve: (tried: Tried) => void
  readonly reject: (error: unknown) => void
}

export const tokensOf = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + Math.max(1, estimateTextTokens(text)), 0)

/** Nobody waits for it any more. */
export const hasLeft = ({ trying: { exchange, signal } }: Pick<Member, 'trying'>): boolean =>
  exchange.sink.isGone || signal.aborted

/** What all of them took, by the weight of each, so that nothing is lost or made up: whole numbers, and their sum the same. */
export function sharesOf(total: number, weights: readonly number[]): readonly number[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0)
  let before = 0
  let given = 0
  return weights.map((weight, at) => {
    before += weight
    const upTo = at === weights.length - 1 ? total : Math.floor((total * before) / all)
    const share = upTo - given
    given = upTo
    return share
  })
}
