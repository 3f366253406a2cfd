import { actor, type View } from '@hearth/kernel'
import type { Address } from '@hearth/protocol'

/** What is said on one day and kept for as many days goes together. */
export interface Term {
  /** Days since 1970. */
  readonly day: number
  readonly days: number
}

type State = (Term & { readonly key: string }) | null

interface OpenCommand extends Term {
  readonly type: 'open'
  /** Sealed by the server's own key. */
  readonly key: string
}

interface TermBegan extends Term {
  readonly type: 'text-term.began'
  readonly key: string
}

export const dayMs = 86_400_000
export const endKind = 'text-term-end'

/** A home of its own, so that its key can be destroyed as that of a person is, and with it all that was said in its term. */
export const homeOf = ({ day, days }: Term): string => `~texts.${dateOf(day)}.${days}`
export const dateOf = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10)

/** No text is kept for less than was said. */
const endOf = ({ day, days }: Term): number => (day + days + 1) * dayMs

export const termsView: View<State, TermBegan> = {
  name: 'text_terms',
  version: 1,
  columns: { day: 'bigint', days: 'bigint', sealed: 'text' },
  indexes: [['key']],
  // In order of their days.
  project: (_state, { day, days, key }, { address }) => [
    { type: 'put', key: address.home, row: { day, days, sealed: key } },
  ],
}

/** The key under which the texts of a term are sealed, besides that of the home that they belong to. */
export const term = actor<State, OpenCommand, TermBegan>({
  kind: 'text-term',
  personal: true,
  initial: null,
  shape: 1,
  events: { 'text-term.began': [] },
  decide: (state, { day, days, key }) => {
    if (state !== null) return { type: 'accept', events: [], answer: { key: state.key } }
    return {
      type: 'accept',
      events: [{ type: 'text-term.began', day, days, key }],
      asks: [{ kind: endKind, due: endOf({ day, days }), request: {} }],
      answer: { key },
    }
  },
  settle: () => ({ type: 'accept', events: [] }),
  evolve: (_state, { day, days, key }) => ({ day, days, key }),
  views: [termsView],
})

export const termOf = (tenant: string, of: Term): Address => ({
  tenant,
  home: homeOf(of),
  kind: 'text-term',
  id: 'term',
})

/** What a key of a term is sealed about. */
export const aboutKey = (tenant: string, home: string): string => `texts ${tenant} ${home}`
