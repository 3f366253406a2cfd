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
