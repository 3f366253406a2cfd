-- Which version of each view lies here, and whether it is whole. One that is not is being built from the log, and is not read.
create table hearth.views (
  name text primary key,
  version integer not null,
  ready boolean not null
);

-- Up to where a trailing view has followed each slot, written with its rows. `skipped`: on the way there it could not read something.
create table hearth.view_positions (
  view text not null,
  slot smallint not null,
  sequence bigint not null,
  skipped boolean not null default false,
  primary key (view, slot)
);
grant select on hearth.views, hearth.view_positions to {{commit}}, {{read}};
grant insert, update, delete on hearth.view_positions to {{commit}};

-- Whoever was forgotten while a view was built is found among all homes.
create index home_keys_forgotten on hearth.home_keys (since) where since > 0;

-- An empty table beside that of the view, of the same form, which a rebuild fills.
create function hearth.begin_shadow(view_name text, view_version integer) returns void language plpgsql security definer
set search_path = hearth, pg_temp as $$
declare
  live name := format('view_%s_%s', view_name, view_version);
  shadow name := format('shadow_%s_%s', view_name, view_version);
begin
  perform from hearth.views where name = view_name and version = view_version;
  if not found then
    raise exception 'there is no view % of version %', view_name, view_version using errcode = 'HE002';
  end if;
  execute format('drop table if exists hearth.%I', shadow);
  execute format('create table hearth.%I (like hearth.%I including defaults including constraints including indexes) with (fillfactor = 85)', shadow, live);
  perform hearth.guard(format('hearth.%I', shadow)::regclass);
end $$;

-- Puts the filled table in the place of the view's, in the caller's transaction, and drops what former versions left. The caller
-- keeps writers away by a lock; readers that stay longer than the timeout make it fail.
create function hearth.exchange_view(view_name text, view_version integer) returns void language plpgsql security definer
set search_path = hearth, pg_temp set lock_timeout = '300ms' as $$
declare
  live name := format('view_%s_%s', view_name, view_version);
  shadow name := format('shadow_%s_%s', view_name, view_version);
  former name;
begin
  update hearth.views set ready = true where name = view_name and version = view_version;
  if not found then
    raise exception 'there is no view % of version %', view_name, view_version using errcode = 'HE002';
  end if;
  execute format('drop table hearth.%I', live);
  execute format('alter table hearth.%I rename to %I', shadow, live);
  for former in
    select relname from pg_class where relnamespace = 'hearth'::regnamespace and relkind = 'r'
       and relname ~ format('^view_%s_\d+$', view_name) and relname <> live
  loop
    execute format('drop table hearth.%I', former);
  end loop;
end $$;

grant execute on function hearth.begin_shadow, hearth.exchange_view to {{commit}};
revoke execute on function hearth.begin_shadow, hearth.exchange_view from public;
