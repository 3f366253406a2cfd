import { HearthError } from '@hearth/protocol'

/**
 * An actor that cannot be folded as things stand: it is neither guessed at nor changed. Commands for it are refused with the code,
 * and what is owed to it waits for what it `needs`.
 */
export class Unfoldable extends HearthError {
  readonly needs: string

  constructor(code: string, detail: string, needs: string) {
    super(code, detail)
    this.name = 'Unfoldable'
    this.needs = needs
  }
}

export const fromTheFuture = (kind: string, event: string): Unfoldable =>
  new Unfoldable(
    'actor.from-the-future',
    'A newer version of Hearth wrote to this actor what this one does not know. It waits for that version.',
    needs.event(kind, event),
  )

export const kindUnknown = (kind: string): Unfoldable =>
  new Unfoldable('actor.kind-unknown', `No feature that is on knows actors of kind ${kind}.`, needs.kind(kind))

/** What an effect can wait for, as it is written beside it. */
export const needs = {
  kind: (kind: string): string => `kind ${kind}`,
  effect: (kind: string): string => `effect ${kind}`,
  event: (kind: string, name: string): string => `event ${kind} ${name}`,
  archive: (hash: string): string => `archive ${hash}`,
}

/** The file that is needed, where it is one. */
export const fileNeeded = (need: string): string | undefined => /^archive (.+)$/.exec(need)?.[1]
