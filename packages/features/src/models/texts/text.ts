import { actor } from '@hearth/kernel'
import type { Address } from '@hearth/protocol'
import { forgottenAt } from '../../people/forgotten.ts'

/** What was said in a call, sealed under the key of its term. */
interface SealedText {
  /** The home of the term. */
  readonly term: string
  readonly sealed: string
}

export interface KeepCommand extends SealedText {
  readonly type: 'keep'
  /** When it was asked. */
  readonly asked: number
}

interface TextKept extends SealedText {
  readonly type: 'call-text.kept'
}

/** What was said in one call, in the home that asked. In memory there is only that it was kept. */
export const callText = actor<boolean, KeepCommand, TextKept>({
  kind: 'call-text',
  personal: true,
  initial: false,
  shape: 1,
  events: { 'call-text.kept': [] },
  decide: (isKept, { asked, term, sealed }, { address, reference }) => {
    // Who was forgotten while the call was on its way is not remembered by it, nor is what was removed meanwhile.
    const isForgotten = [address.home, term].some((home) => forgottenAt(home, reference) >= asked)
    return isKept || isForgotten
      ? { type: 'accept', events: [] }
      : { type: 'accept', events: [{ type: 'call-text.kept', term, sealed }] }
  },
  evolve: () => true,
})

export const textOf = (tenant: string, home: string, call: string): Address => ({
  tenant,
  home,
  kind: 'call-text',
  id: call,
})

export const isKept = (event: { readonly type: string }): event is TextKept =>
  event.type === 'call-text.kept' && 'sealed' in event

/** What the text of a call is sealed about. */
export const aboutText = (tenant: string, home: string, call: string): string => `text ${tenant} ${home} ${call}`
