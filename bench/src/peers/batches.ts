/** Collects while what came before is written: the group commit that a good programmer would write by hand. */
export interface Batches<Item> {
  /** Resolves when the batch that the item went into is written. */
  readonly add: (item: Item) => Promise<void>
}

export interface BatchLimits {
  readonly writers: number
  readonly largest: number
}

interface Waiting<Item> {
  readonly item: Item
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

export function makeBatches<Item>(
  write: (items: readonly Item[]) => Promise<void>,
  { writers, largest }: BatchLimits,
): Batches<Item> {
  const inbox: Waiting<Item>[] = []
  let free = writers
  const commit = async (batch: readonly Waiting<Item>[]): Promise<void> => {
    try {
      await write(batch.map(({ item }) => item))
      for (const { done } of batch) done()
    } catch (error) {
      for (const { failed } of batch) failed(error)
    }
  }
  const flush = (): void => {
    while (free > 0 && inbox.length > 0) {
      free -= 1
      void commit(inbox.splice(0, largest)).then(() => {
        free += 1
        flush()
      })
    }
  }
  return {
    add: (item) =>
      new Promise((done, failed) => {
        inbox.push({ item, done, failed })
        // Requests read in the same turn of the event loop go together.
        if (inbox.length === 1) setImmediate(flush)
      }),
  }
}
