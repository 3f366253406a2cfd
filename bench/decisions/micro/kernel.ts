import {
  aboutRow,
  chained,
  genesis,
  newHomeKey,
  open,
  pack,
  seal,
  slotOf,
  typesOf,
  unpack,
  unwrap,
  wrap,
} from '@hearth/kernel'
import type { Batch, LogRow } from '@hearth/kernel'
import { commitStatement } from '../../../packages/server/src/store/log-append.ts'
import { binary } from '../appending/copy.ts'
import { base64, literals } from '../appending/encodings.ts'
import { partsOf } from '../appending/parts.ts'
import { oneStatement } from '../appending/statement.ts'
import { batchSize, decideOnce, master } from './batch.ts'
import { answer, microseconds } from './clock.ts'

const wrapped = wrap(master, newHomeKey(), 'about')
const key = unwrap(master, wrapped, 'about')
const draft = decideOnce(false)().draft
const batch: Batch = draft.finish()
const row = batch.rows[0] as LogRow
const text = row.data.toString('utf8')
const about = aboutRow(row)
const sealed = seal(key, text, about)
const events = unpack(text, row.types).events
const provenance = {
  principal: 'owner',
  causation: 'req_01k9tqz0000000000000000000',
  correlation: 'req_01k9tqz0000000000000000000',
}
const rows = partsOf(batch).find(({ table }) => table === 'hearth.log')
const asEncoded = (encoding: typeof literals) => () => oneStatement(partsOf(batch), encoding)

answer({
  'bytes of the row': text.length,
  seal: microseconds(() => seal(key, text, about)),
  open: microseconds(() => open(key, sealed, about)),
  chained: microseconds(() =>
    chained(genesis, row, { tenant: 'main', home: 'probe:s000001', kind: 'probe', id: 's000001' }),
  ),
  wrap: microseconds(() => wrap(master, newHomeKey(), 'main\nprobe:s000001\nself')),
  unwrap: microseconds(() => unwrap(master, wrapped, 'about')),
  'pack 3 events': microseconds(() => pack(events, typesOf(events), provenance)),
  'unpack 3 events': microseconds(() => unpack(text, row.types)),
  slotOf: microseconds(() => slotOf('main', 'probe:s000001')),
  'decideBatch, a row': microseconds(decideOnce(false), batchSize),
  'decideBatch personal, a row': microseconds(decideOnce(true), batchSize),
  'commitStatement, a row': microseconds(() => commitStatement(batch), batchSize),
  'the same rebuilt in hexadecimal, a row': microseconds(asEncoded(literals), batchSize),
  'the same rebuilt in base64, a row': microseconds(asEncoded(base64), batchSize),
  'rows for COPY in binary, a row': microseconds(() => binary(rows?.columns ?? []), batchSize),
})
