-- What nothing here can run, or whose actor cannot be folded, waits for what its `failure` names.
alter table hearth.effects drop constraint effects_state_check;
alter table hearth.effects add constraint effects_state_check check (state in ('owed', 'waiting', 'dead', 'stuck', 'over'));
create index effects_waiting on hearth.effects (failure, slot, sequence, ordinal) where state = 'waiting';

-- Where a key took the place of one that was destroyed: the first position that it seals. What lies before is forgotten.
alter table hearth.home_keys add column since bigint not null default 0;
