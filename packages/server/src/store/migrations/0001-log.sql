-- This installation. `master` is a fingerprint: data sealed under another master key cannot be read, so the server refuses to start.
create table hearth.instance (
  single boolean primary key default true check (single),
  master text not null,
  created bigint not null
);

-- Ownership, positions and chain of each slot. One update of these rows guards every commit.
create table hearth.slots (
  slot smallint primary key check (slot between 0 and 255),
  epoch bigint not null default 0,
  owner text not null default '',
  sequence bigint not null default 0,
  actors bigint not null default 0,
  head bytea not null default decode(repeat('00', 32), 'hex')
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
insert into hearth.slots (slot) select generate_series(0, 255);

-- The number and address of every actor that has ever been.
create table hearth.actors (
  actor bigint primary key,
  tenant text not null,
  slot smallint not null,
  home text not null,
  kind text not null,
  id text not null,
  unique (home, kind, id, tenant)
);

-- One row a command, its events packed. Times are milliseconds since 1970.
create table hearth.log (
  sequence bigint not null,
  actor bigint not null,
  at bigint not null,
  version integer not null,
  slot smallint not null,
  events smallint not null,
  tenant text not null,
  person text,
  types text not null,
  data bytea not null,
  primary key (slot, sequence)
);
alter table hearth.log alter column data set storage external;
create index log_actor on hearth.log (actor, sequence);

-- What is owed to the world. A row is removed in the commit that holds its result.
create table hearth.effects (
  sequence bigint not null,
  actor bigint not null,
  due bigint not null,
  slot smallint not null,
  ordinal smallint not null,
  attempt integer not null,
  tenant text not null,
  state text not null default 'owed' check (state in ('owed', 'dead', 'stuck')),
  kind text not null,
  person text,
  failure text,
  request bytea not null,
  primary key (slot, sequence, ordinal)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);
create index effects_timers on hearth.effects (slot, due, sequence, ordinal) where state = 'owed' and kind = 'timer';
create index effects_owed on hearth.effects (slot, due, sequence, ordinal) where state = 'owed' and kind <> 'timer';

-- Answers kept under idempotency keys, a partition a day, dropped whole after eight.
create table hearth.keys (
  scope uuid not null,
  hash uuid not null,
  day integer not null,
  status smallint not null,
  tenant text not null,
  home text not null,
  person text,
  body bytea not null,
  primary key (scope, day)
) partition by range (day);

-- The sealing key of each person of a home, wrapped by the master key. Destroying one forgets the person.
create table hearth.home_keys (
  tenant text not null,
  home text not null,
  person text not null,
  wrapped bytea not null,
  primary key (home, person, tenant)
);

-- Small documents that an actor publishes to all homes of its tenant.
create table hearth.tenant_documents (
  tenant text not null,
  name text not null,
  data text not null,
  primary key (tenant, name)
);

-- Commands that could not be decided, sealed, for whoever mends the actor.
create table hearth.dead_letters (
  command text primary key,
  tenant text not null,
  slot smallint not null,
  at bigint not null,
  address text not null,
  home text not null,
  person text,
  failure text not null,
  body bytea not null
);

-- A commit by a server that no longer owns a slot stops here, and everything in it with it.
create function hearth.advance(
  slots smallint[], epochs bigint[], sequences bigint[], next_sequences bigint[], next_actors bigint[], next_heads bytea[]
) returns void language plpgsql as $$
declare
  moved integer;
begin
  update hearth.slots s
     set sequence = g.next_sequence, actors = g.next_actors, head = g.next_head
    from unnest(slots, epochs, sequences, next_sequences, next_actors, next_heads)
         as g(slot, epoch, sequence, next_sequence, next_actors, next_head)
   where s.slot = g.slot and s.epoch = g.epoch and s.sequence = g.sequence;
  get diagnostics moved = row_count;
  if moved <> cardinality(slots) then
    raise exception 'the slots are owned by another server' using errcode = 'HE001';
  end if;
end $$;

-- A partition is made beside the table and attached: that waits for no reader and holds no writer up.
create function hearth.keep_days(today integer) returns void language plpgsql security definer
set search_path = hearth, pg_temp set lock_timeout = '1s' as $$
declare
  name text;
begin
  perform pg_advisory_xact_lock(hashtextextended('hearth key days', 0));
  for day in today - 1 .. today + 2 loop
    name := format('keys_%s', day);
    if to_regclass(format('hearth.%I', name)) is null then
      execute format('create table hearth.%I (like hearth.keys including all) with (autovacuum_vacuum_insert_scale_factor = 0.5)', name);
      execute format('alter table hearth.keys attach partition hearth.%I for values from (%L) to (%L)', name, day, day + 1);
    end if;
  end loop;
end $$;

-- Drops the days that are over by the caller's clock and by this one, and eight before the newest kept answer. Where a reader
-- is in the way it gives up soon, since writers wait behind it, and is asked again.
create function hearth.drop_days(today integer) returns void language plpgsql security definer
set search_path = hearth, pg_temp set lock_timeout = '200ms' as $$
declare
  held record;
  newest integer;
  holds boolean;
begin
  perform pg_advisory_xact_lock(hashtextextended('hearth key days', 0));
  for held in
    select c.relname, substring(c.relname from 6)::integer as day from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'hearth.keys'::regclass order by 2 desc
  loop
    if newest is null then
      execute format('select exists (select from hearth.%I)', held.relname) into holds;
      if holds then
        newest := held.day;
      end if;
    end if;
    if held.day < least(today, floor(extract(epoch from now()) / 86400)::integer) - 8
       and held.day < coalesce(newest, held.day + 9) - 8 then
      execute format('drop table hearth.%I', held.relname);
    end if;
  end loop;
end $$;
