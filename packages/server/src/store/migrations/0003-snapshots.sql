-- The state of an actor as it stood after one of its rows, so that it is loaded without those before. Derived: any may be deleted.
create table hearth.snapshots (
  actor bigint primary key,
  sequence bigint not null,
  version integer not null,
  shape integer not null,
  tenant text not null,
  person text,
  data bytea not null
);
alter table hearth.snapshots alter column data set storage external;
select hearth.guard('hearth.snapshots');
