/** The tables of the hand-written baseline, for the peers that keep their users' data in PostgreSQL. */
export const tables = `
  create table keys (key text primary key, at timestamptz not null default now());
  create table events (position bigserial primary key, stream text not null, type text not null, at timestamptz not null default now(), data jsonb not null);
  create table streams (stream text primary key, count bigint not null);`

/** Takes keys, streams and numbers of events as arrays; writes what is new and returns the keys of that. */
export const recordBatch = `
  with asked as (select * from unnest($1::text[], $2::text[], $3::int[]) as a(key, stream, events)),
  fresh as (insert into keys (key) select key from asked on conflict do nothing returning key),
  wanted as (select asked.* from asked join fresh using (key)),
  written as (insert into events (stream, type, data) select stream, 'probe.recorded', jsonb_build_object('number', n) from wanted, generate_series(1, events) n),
  counted as (insert into streams (stream, count) select stream, sum(events) from wanted group by stream order by stream
      on conflict (stream) do update set count = streams.count + excluded.count)
  select key from fresh`
