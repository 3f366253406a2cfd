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
  reached: async (of, slots) => (of === 'log' ? await reader.progress(slots) : followed(of)),
})
