-- What is asked for at once and settled at once lies in its log row alone: `owes` holds the effects, `ends` names those of the
-- slot that a row settled or cancelled. From `owed_from` on the rows of a slot have to be read for what is owed; before it
-- nothing is, but for what has a row of its own in hearth.effects.
alter table hearth.log add column owes bytea, add column ends text;
alter table hearth.log alter column owes set storage external;
alter table hearth.slots add column owed_from bigint not null default 1;
update hearth.slots set owed_from = sequence + 1;

-- `over`: it ended in a commit that wrote no row of its slot; it goes when `owed_from` has passed it.
alter table hearth.effects drop constraint effects_state_check;
alter table hearth.effects add constraint effects_state_check check (state in ('owed', 'dead', 'stuck', 'over'));

drop function hearth.advance;
create function hearth.advance(
  slots smallint[], epochs bigint[], sequences bigint[],
  next_sequences bigint[], next_actors bigint[], next_heads bytea[], next_owed bigint[]
) returns void language plpgsql as $$
declare
  moved integer;
begin
  update hearth.slots s
     set sequence = g.next_sequence, actors = g.next_actors, head = g.next_head, owed_from = g.next_owed
    from unnest(slots, epochs, sequences, next_sequences, next_actors, next_heads, next_owed)
         as g(slot, epoch, sequence, next_sequence, next_actors, next_head, next_owed)
   where s.slot = g.slot and s.epoch = g.epoch and s.sequence = g.sequence;
  get diagnostics moved = row_count;
  if moved <> cardinality(slots) then
    raise exception 'the slots are owned by another server' using errcode = 'HE001';
  end if;
end $$;
grant execute on function hearth.advance to {{commit}};
revoke execute on function hearth.advance from public;
