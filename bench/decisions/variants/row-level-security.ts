import type { Variant } from '../variant.ts'

/** A statement for every table that has the policy of commits. */
const onEach = (statements: string): string => `do $$ declare held record; begin
  for held in select format('%I.%I', schemaname, tablename) as name from pg_policies where schemaname = 'hearth' and policyname = 'commit_declared' loop
    ${statements}
  end loop;
end $$`

const declared = `tenant = any (current_setting(''hearth.tenants'', true)::text[])`

export const rowLevelSecurity: readonly Variant[] = [
  {
    name: 'rls.off',
    about: 'Row-level security disabled on every table.',
    prepare: [onEach(`execute 'alter table ' || held.name || ' disable row level security';`)],
  },
  {
    name: 'rls.without-sub-select',
    about: 'The policy of commits reads the setting for each row instead of once a statement.',
    prepare: [
      onEach(`execute 'drop policy commit_declared on ' || held.name;
    execute 'create policy commit_declared on ' || held.name || ' to hearth_commit using (${declared}) with check (${declared})';`),
    ],
  },
]
