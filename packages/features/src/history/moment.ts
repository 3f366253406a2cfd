import { HearthError, parseAddress, parseInstant, type Address } from '@hearth/protocol'
import type { Caller } from '../feature.ts'
import { invalid, naming, positionIn } from '../position-in.ts'
import type { Until } from './state-at.ts'

export interface Moment {
  readonly at: string | undefined
  readonly position: string | undefined
}

/** The actor that a caller names; those of other tenants are not there. */
export function actorIn(text: string, { principal }: Pick<Caller, 'principal'>): Address {
  const address = naming('actor', () => parseAddress(text))
  if (address.tenant !== principal.tenant) throw new HearthError('actor.unknown', 'There is no such actor.')
  return address
}

/** A moment of an actor's life: a time, one of its positions, or neither, which is now. `names` are those of the fields. */
export function untilOf(
  address: Address,
  { at, position }: Moment,
  names: { readonly at: string; readonly position: string } = { at: 'at', position: 'position' },
): Until {
  if (at !== undefined && position !== undefined)
    throw invalid(names.position, 'is given beside a time: one of the two')
  return {
    ...(at === undefined ? {} : { at: instantOf(at, names.at) }),
    ...(position === undefined ? {} : { sequence: positionIn(address, position, names.position).sequence }),
  }
}

function instantOf(text: string, name: string): number {
  const instant = parseInstant(text)
  if (instant.type === 'failure') throw invalid(name, 'must be an instant such as 2026-05-01T09:00:00Z')
  return instant.ms
}
