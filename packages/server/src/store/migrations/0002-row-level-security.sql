-- A commit touches the tenants that it declares and no other; a read sees one tenant. A query that forgot to say sees nothing.
-- The settings stand in a sub-select so that they are read once a statement and not once a row.
create table hearth.tenants (tenant text primary key check (tenant ~ '^[a-z0-9][a-z0-9-]{0,62}$'));
insert into hearth.tenants (tenant) values ('main');

create function hearth.guard(target regclass) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format(
    'create policy commit_declared on %s to {{commit}}
       using (tenant = any ((select current_setting(''hearth.tenants'', true))::text[]))
       with check (tenant = any ((select current_setting(''hearth.tenants'', true))::text[]))', target);
  execute format(
    'create policy read_one on %s for select to {{read}}
       using (tenant = (select current_setting(''hearth.tenant'', true)))', target);
  execute format('grant select, insert, update, delete on %s to {{commit}}', target);
  execute format('grant select on %s to {{read}}', target);
end $$;

select hearth.guard(target::regclass)
  from unnest(array['hearth.actors', 'hearth.log', 'hearth.effects', 'hearth.keys', 'hearth.home_keys',
                    'hearth.tenant_documents', 'hearth.dead_letters']) target;

-- The log is never changed: what is committed stays as it is.
revoke update, delete on hearth.log, hearth.actors from {{commit}};

grant select, update on hearth.slots to {{commit}};
grant select on hearth.slots, hearth.tenants, hearth.instance to {{read}};
grant select on hearth.tenants to {{commit}};
grant execute on function hearth.advance, hearth.keep_days, hearth.drop_days to {{commit}};
revoke execute on function hearth.guard, hearth.keep_days, hearth.drop_days, hearth.advance from public;
