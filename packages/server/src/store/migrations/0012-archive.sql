-- A range of a slot's log that lies in a compressed file instead, with the chain's heads before and after it. Ranges of a slot
-- follow one another from its first row on.
create table hearth.archives (
  slot smallint not null,
  first bigint not null,
  last bigint not null,
  rows integer not null,
  bytes bigint not null,
  newest bigint not null,
  archived bigint not null,
  hash text not null,
  before bytea not null,
  after bytea not null,
  primary key (slot, first)
);
-- Which files hold rows of an actor: by the first position in each, within the actor's slot.
create table hearth.archived (
  actor bigint not null,
  first bigint not null,
  primary key (actor, first)
);
-- And of a home: by what its name comes to, so that those of other tenants are not told here.
create table hearth.archived_homes (
  home bytea not null,
  first bigint not null,
  primary key (home, first)
);
grant select on hearth.archives, hearth.archived, hearth.archived_homes to {{commit}}, {{read}};

-- Of the log the owner of the tables sees, and may remove, what a file holds, and nothing else.
create policy archived on hearth.log to {{migrate}}
  using (exists (select from hearth.archives a where a.slot = log.slot and log.sequence between a.first and a.last));

-- Puts a file that was read back in the place of its rows. Whoever takes the slot over waits for it; commits do not.
create function hearth.archive(
  given_owner text, given_slot smallint, given_first bigint, given_last bigint, given_rows integer, given_bytes bigint,
  given_newest bigint, given_archived bigint, given_hash text, given_before bytea, given_after bytea, given_actors bigint[],
  given_homes bytea[]
) returns void language plpgsql security definer set search_path = hearth, pg_temp as $$
declare
  removed integer;
begin
  perform from hearth.slots s
    where s.slot = given_slot and s.owner = given_owner and s.owed_from > given_last for key share;
  if not found then
    raise exception 'the slot is owned by another server, or still owes what lies there' using errcode = 'HE001';
  end if;
  if given_first <> coalesce((select max(a.last) from hearth.archives a where a.slot = given_slot), 0) + 1 then
    raise exception 'the range does not follow the one before' using errcode = 'HE002';
  end if;
  insert into hearth.archives (slot, first, last, rows, bytes, newest, archived, hash, before, after)
    values (given_slot, given_first, given_last, given_rows, given_bytes, given_newest, given_archived, given_hash,
            given_before, given_after);
  insert into hearth.archived (actor, first) select given.actor, given_first from unnest(given_actors) given(actor);
  insert into hearth.archived_homes (home, first) select given.home, given_first from unnest(given_homes) given(home);
  delete from hearth.log l where l.slot = given_slot and l.sequence between given_first and given_last;
  get diagnostics removed = row_count;
  if removed <> given_rows then
    raise exception 'the file does not hold what lies there' using errcode = 'HE002';
  end if;
end $$;
grant execute on function hearth.archive to {{commit}};
revoke execute on function hearth.archive from public;
