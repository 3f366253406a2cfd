import { HearthError } from './errors.ts'

/** A place in the log: events of one slot are numbered 1, 2, 3 … without a gap. */
export interface Position {
  readonly slot: number
  readonly sequence: number
}

export const formatPosition = (position: Position): string => `${position.slot}.${position.sequence}`

export function parsePosition(text: string): Position {
  const match = /^(\d{1,3})\.(\d{1,15})$/.exec(text)
  if (match === null || Number(match[1]) > 255) {
    throw new HearthError('input.invalid', 'A position is written slot.sequence.')
  }
  return { slot: Number(match[1]), sequence: Number(match[2]) }
}

const mostPositions = 64

/** What a read waits for: one position, or several with commas between. Throws `read.position-invalid`. */
export function parsePositions(text: string): readonly Position[] {
  const parts = text.split(',', mostPositions + 1)
  if (parts.length > mostPositions)
    throw new HearthError('read.position-invalid', `At most ${mostPositions} positions can be waited for.`)
  try {
    return parts.map((part) => parsePosition(part.trim()))
  } catch (error) {
    throw new HearthError(
      'read.position-invalid',
      'A position is written slot.sequence, several with commas between.',
      {
        cause: error,
      },
    )
  }
}
