import { appendingBy, withoutKeyLoads } from '../appending/appender.ts'
import { asCopy } from '../appending/copy.ts'
import { base64 } from '../appending/encodings.ts'
import { asOneStatement } from '../appending/postgres-js.ts'
import type { Variant } from '../variant.ts'
import * as layouts from './layouts.ts'

// Where the log cannot be read back by the product, every actor must stay in memory.
const settings = { hotBytes: 128 * 1024 * 1024 }

const countRows = (table: string): string => `select count(*)::text as count from ${table}`

export const rows: readonly Variant[] = [
  {
    name: 'rows.own-connection',
    about:
      "The product's statement, rebuilt here and sent over a second connection of each lane: the control of all variants that append in their own way.",
    log: appendingBy(asOneStatement()),
  },
  {
    name: 'rows.without-key-loads',
    about: 'The product, but a batch whose homes have no sealing keys does not ask for them.',
    unfair: 'Right only while nothing in these homes is personal.',
    log: withoutKeyLoads,
  },
  {
    name: 'rows.row-an-event',
    about:
      'One row an event: a table of its own with the same columns, index and bytes, the packed bytes cut in as many pieces as there are events.',
    unfair:
      'Better off than a real one: who and what led to an event is not repeated in each of its rows, and nothing is packed or sealed event by event.',
    prepare: layouts.eventTable,
    log: appendingBy(asOneStatement({ rows: layouts.eventRows })),
    settings,
    countEvents: countRows('hearth.log_events'),
  },
  {
    name: 'rows.jsonb',
    about: 'data is jsonb instead of bytea.',
    unfair:
      'Could hold nothing that is sealed. A jsonb array is an array of texts, quoted here; no bytes are turned into hexadecimal.',
    prepare: layouts.jsonbColumn,
    log: appendingBy(asOneStatement({ rows: layouts.jsonbRows })),
    settings,
  },
  {
    name: 'rows.copy',
    about:
      'begin, advance, COPY of the rows in binary, the other parts, commit; all sent ahead but where COPY must be waited for.',
    unfair:
      'COPY FROM is refused on a table with row-level security, so that of the log is switched off: not to be had in the product.',
    prepare: ['alter table hearth.log disable row level security'],
    log: appendingBy(asCopy),
  },
  {
    name: 'rows.base64',
    about: 'Bytes travel as base64 in text[] and are decoded by the statement, instead of bytea[] in hexadecimal.',
    log: appendingBy(asOneStatement({ encoding: base64 })),
  },
  {
    name: 'rows.hash-by-slot',
    about: 'The log in 8 partitions by hash of the slot.',
    prepare: layouts.hashedBySlot,
  },
  {
    name: 'rows.range-by-day',
    about: 'The log in partitions by day, a month of them there.',
    unfair: 'The day has to be in the primary key, so positions are unique within a day only.',
    prepare: layouts.rangedByDay,
  },
  {
    name: 'rows.gin-on-types',
    about: "A GIN index on string_to_array(types, ',').",
    unfair: 'Better off in a short run: its pending list is merged later.',
    prepare: [`create index log_types on hearth.log using gin (string_to_array(types, ','))`],
  },
  {
    name: 'rows.btree-on-types',
    about: 'A B-tree index on types.',
    unfair: 'Two distinct values here, which B-trees pack well; finds rows by their exact set of types only.',
    prepare: ['create index log_types on hearth.log (types)'],
  },
  {
    name: 'rows.no-actor-index',
    about: 'No index on (actor, sequence): what that index costs.',
    unfair: 'Loading a cold actor would read the whole log.',
    prepare: ['drop index hearth.log_actor'],
    settings,
  },
  {
    name: 'rows.full-address',
    about:
      'Home, kind and id in every row, with an index on them, instead of the number of a row of the actors table, which is not written.',
    unfair: 'Owed effects still carry the number only; whole addresses there would cost more.',
    prepare: layouts.addressedTable,
    log: (...wrapping) => appendingBy(asOneStatement({ rows: layouts.addressedRows(), actors: false }))(...wrapping),
    settings,
    countEvents: 'select coalesce(sum(events), 0)::text as count from hearth.log_addressed',
  },
]
