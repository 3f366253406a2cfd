-- What waits for a person is found among millions that wait for their time.
create index effects_set_aside on hearth.effects (slot, sequence, ordinal) where state <> 'owed';
create index dead_letters_tenant on hearth.dead_letters (tenant, command);
