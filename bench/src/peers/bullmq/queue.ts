export const queueName = 'record'

/** The lists of events and the hash of view rows, beside BullMQ's own keys. */
export const eventsOf = (stream: string): string => `events:${stream}`
export const viewRows = 'streams'
