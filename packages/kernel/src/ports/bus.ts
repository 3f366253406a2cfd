export interface BusMessage {
  /** Its place in the topic: later ones are greater; where what was published was lost, numbers are left out. */
  readonly offset: number
  readonly body: Uint8Array
}

export interface BusReader {
  /** Where to go on: 0 is the start of what the topic still has. The truth about it lies in the log, not in the bus. */
  readonly after: number
  /** Called with one message at a time, in order. Rejects: the same message comes again. Not called after the reader has ended. */
  deliver(message: BusMessage): Promise<void>
}

/**
 * Carries commands to the owner of a slot, and answers back. At least once: what was published comes to every reader of the
 * topic that starts before it, in the order of publishing, and may come again. A topic needs no making.
 */
export interface Bus extends AsyncDisposable {
  /** Resolves with its offset when it will not be lost any more. Rejects with `bus.full` when too much waits to be let go of. */
  publish(topic: string, body: Uint8Array): Promise<number>
  /** Reads until it is disposed of; that resolves when no message is being delivered any more. */
  read(topic: string, reader: BusReader): Promise<AsyncDisposable>
  /** What lies at that offset and before it is needed no more. */
  letGo(topic: string, offset: number): Promise<void>
}

export const slotTopic = (slot: number): string => `slot.${slot}`
export const answersTopic = (server: string): string => `answers.${server}`
