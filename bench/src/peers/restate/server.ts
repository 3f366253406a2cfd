import { object, serve as serveHandlers } from '@restatedev/restate-sdk'
import type { ObjectContext } from '@restatedev/restate-sdk'
import { serve } from '../front.ts'
import { countEntry, messageEntry, objectName } from './object.ts'

/** A stream is an object; its state holds an entry a message, with the events in it, and one for the view row. */
async function record(context: ObjectContext, { events }: { events: number }): Promise<{ events: number }> {
  const before = (await context.get<number>(countEntry)) ?? 0
  const written = Array.from({ length: events }, (_, index) => ({ type: 'probe.recorded', number: index + 1 }))
  context.set(messageEntry(before), written)
  context.set(countEntry, before + events)
  await context.run('effect', async () => null)
  return { events }
}

serve(async () => {
  const streams = object({ name: objectName, handlers: { record } })
  // A line for every invocation would cost more than the invocation.
  return await serveHandlers({ services: [streams], port: 0, logger: () => undefined })
})
