import type { View } from '@hearth/kernel'
import type { DatabaseReader } from './reader.ts'

/** How far what reads see has come. A replica, another worker or a view that trails is behind what is committed. */
export interface Progress {
  /** Whether a view has a place of its own, behind that of the log. */
  trails(view: View): boolean
  /** The last sequence of these slots that reads see: of the log and what is kept in step with it, or of one view that trails. */
  reached(of: 'log' | View, slots: readonly number[]): Promise<ReadonlyMap<number, number>>
}

/** Of the database that is read from: a replica gets the rows of its slots together with all that was committed with them. */
export const databaseProgress = (
  reader: Pick<DatabaseReader, 'progress'>,
  followed: (view: View) => ReadonlyMap<number, number>,
): Progress => ({
  trails: ({ trailing }) => trailing !== undefined,
  reached: together(reader, followed),
})

/** Those who ask while a question is on its way are answered by the next, however many they are. */
function together(
  reader: Pick<DatabaseReader, 'progress'>,
  followed: (view: View) => ReadonlyMap<number, number>,
): Progress['reached'] {
  let asking: Promise<unknown> = Promise.resolve()
  let next: { readonly slots: Set<number>; readonly answer: Promise<ReadonlyMap<number, number>> } | null = null
  const begin = (): NonNullable<typeof next> => {
    const slots = new Set<number>()
    const answer = asking.then(() => {
      next = null
      return reader.progress([...slots])
    })
    asking = answer.catch(() => undefined)
    return { slots, answer }
  }
  return async (of, slots) => {
    if (of !== 'log') return followed(of)
    next ??= begin()
    for (const slot of slots) next.slots.add(slot)
    return await next.answer
  }
}
