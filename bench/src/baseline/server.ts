import { randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import postgres from 'postgres'
import type { StoreAddress } from '../store.ts'

/**
 * What a good programmer would write by hand for the same load and no more: a batch collects while the one before it
 * commits, one statement writes it (a unique key, a row an event, one upserted view row), and nobody is answered before
 * COMMIT. No actors, no effects to settle, no seal, no chain, no roles, no positions, no answers kept under keys.
 */
const schema = `
  create table keys (key text primary key, at timestamptz not null default now());
  create table events (position bigserial primary key, stream text not null, type text not null, at timestamptz not null default now(), data jsonb not null);
  create table streams (stream text primary key, count bigint not null);`

const statement = `
  with asked as (select * from unnest($1::text[], $2::text[], $3::int[]) as a(key, stream, events)),
  fresh as (insert into keys (key) select key from asked on conflict do nothing returning key),
  wanted as (select asked.* from asked join fresh using (key)),
  written as (insert into events (stream, type, data) select stream, 'probe.recorded', jsonb_build_object('number', n) from wanted, generate_series(1, events) n)
  insert into streams (stream, count) select stream, sum(events) from wanted group by stream order by stream
      on conflict (stream) do update set count = streams.count + excluded.count`

// One, two and four were tried: four were slower, one was no faster.
const writers = 2
const largestBatch = 512

interface Waiting {
  readonly key: string
  readonly stream: string
  readonly events: number
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

async function main(store: StoreAddress): Promise<void> {
  const sql = postgres({ ...store, max: writers, onnotice: () => undefined })
  await sql.unsafe(schema)
  const inbox: Waiting[] = []
  let free = writers
  const write = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      await sql.unsafe(
        statement,
        [batch.map((one) => one.key), batch.map((one) => one.stream), batch.map((one) => one.events)],
        { prepare: true },
      )
      for (const one of batch) one.done()
    } catch (error) {
      for (const one of batch) one.failed(error)
    }
  }
  const flush = (): void => {
    while (free > 0 && inbox.length > 0) {
      free -= 1
      void write(inbox.splice(0, largestBatch)).then(() => {
        free += 1
        flush()
      })
    }
  }
  const app = Fastify()
  const body = {
    type: 'object',
    properties: { stream: { type: 'string', maxLength: 200 }, events: { type: 'integer', minimum: 1, maximum: 100 } },
    required: ['stream', 'events'],
    additionalProperties: false,
  }
  app.post<{ Body: { stream: string; events: number } }>('/record', { schema: { body } }, async (request) => {
    const { stream, events } = request.body
    const given = request.headers['idempotency-key']
    const key = typeof given === 'string' ? given : randomUUID()
    await new Promise<void>((done, failed) => {
      inbox.push({ key, stream, events, done, failed })
      // Requests read in the same turn of the event loop go together.
      if (inbox.length === 1) setImmediate(flush)
    })
    return { events }
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  if (typeof address === 'object') process.send?.({ port: address?.port })
}

process.once('message', (address: StoreAddress) => void main(address))
process.on('disconnect', () => process.exit(0))
