-- Effects with the same ordering run one at a time, as they were asked for. The words that they were asked for under are not kept.
alter table hearth.effects add column ordering text;
create index effects_ordering on hearth.effects (slot, ordering, sequence, ordinal) where ordering is not null and state = 'owed';
