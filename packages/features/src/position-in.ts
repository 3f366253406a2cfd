import { slotOf } from '@hearth/kernel'
import { HearthError, parsePosition, type Address, type Position } from '@hearth/protocol'

export const invalid = (path: string, message: string): HearthError =>
  new HearthError('input.invalid', 'The input is not valid.', { issues: [{ path, message }] })

/** Says which field it is that cannot be read. */
export function naming<Value>(path: string, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (error instanceof HearthError && error.code === 'input.invalid') throw invalid(path, error.message)
    throw error
  }
}

/** A cursor into the events of a home. One of another slot was never given out for it. */
export function positionIn(
  { tenant, home }: Pick<Address, 'tenant' | 'home'>,
  text: string,
  field = 'after',
): Position {
  const position = naming(field, () => parsePosition(text))
  if (position.slot !== slotOf(tenant, home)) throw invalid(field, 'is a position in another home')
  return position
}
