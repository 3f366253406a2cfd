// shows: A9
import assert from 'node:assert/strict'
import { createPublicKey, randomBytes, verify } from 'node:crypto'
import { after, before, test } from 'node:test'
import { masterKey, type Kernel } from '@hearth/kernel'
import { readCheckpoint, signed } from '../../src/store/checkpoint.ts'
import { verifyLog } from '../../src/store/verify-log.ts'
import { at, ledger } from './ledger-actor.ts'
import { command, openStore, type TestStore } from './store.ts'

const master = masterKey(randomBytes(32))
let store: TestStore
let kernel: Kernel
before(async () => {
  store = await openStore([ledger])
  kernel = store.kernel({ actors: [ledger], master })
  await kernel.start()
  await write(60)
})
after(async () => {
  await kernel.stop()
  await store[Symbol.asyncDispose]()
})

const write = (lines: number) =>
  Promise.all(
    Array.from({ length: lines }, (_, index) =>
      kernel.submit(command(at(`verified-${index % 9}`), { type: 'write', text: `line ${index}` } as never)),
    ),
  )
const verified = (checkpoint?: string) =>
  verifyLog({
    connection: store.database.connection('commit'),
    master,
    now: 1000,
    ...(checkpoint === undefined ? {} : { checkpoint }),
  })

test('a whole log verifies, gives a checkpoint that anybody can check, and verifies through it later [A9]', async () => {
  const first = await verified()
  assert.deepEqual([first.rows, first.broken], [60, []])
  const [body = '', signature = ''] = (first.checkpoint ?? '').split('.')
  const key = createPublicKey({ key: Buffer.from(first.publicKey, 'base64url'), format: 'der', type: 'spki' })
  assert.equal(verify(null, Buffer.from(body, 'base64url'), key, Buffer.from(signature, 'base64url')), true)
  await write(40)
  const later = await verified(first.checkpoint ?? '')
  assert.deepEqual([later.rows, later.broken], [100, []])
})

test('a checkpoint that was changed, or signed elsewhere, is refused', async () => {
  const { checkpoint } = await verified()
  const other = signed({ at: 1, marks: [] }, masterKey(randomBytes(32)).checkpoints)
  for (const bad of [`e30.${checkpoint?.split('.')[1] ?? ''}`, other, 'nonsense', ''])
    await assert.rejects(verified(bad), { code: 'checkpoint.invalid' })
})

test('a log that was rewritten with all its heads, or lost its end, is found out by the checkpoint of before', async () => {
  const { checkpoint } = await verified()
  const [mark] = readCheckpoint(checkpoint ?? '', master.checkpoints).marks
  assert.ok(mark)
  const forged = (change: Partial<typeof mark>) =>
    signed({ at: 1, marks: [{ ...mark, ...change }] }, master.checkpoints)
  const elsewhere = await verified(forged({ head: '00'.repeat(32) }))
  assert.deepEqual(elsewhere.broken, [{ slot: mark.slot, sequence: mark.sequence }])
  assert.equal(elsewhere.checkpoint, null)
  const longer = await verified(forged({ sequence: mark.sequence + 5 }))
  assert.deepEqual(longer.broken, [{ slot: mark.slot, sequence: mark.sequence + 1 }])
})

test('a row that was changed or taken out is named by the slot it breaks', async () => {
  const [row] = await store.as('read')`
    select slot, sequence, events from hearth.log where slot = (select min(slot) from hearth.log) order by sequence limit 1`
  const owner = store.as('migrate', { 'hearth.tenants': '{main}' })
  await owner`alter table hearth.log no force row level security`
  await owner`update hearth.log set data = set_byte(data, 3, 255 - get_byte(data, 3)) where slot = ${row?.['slot']} and sequence = ${row?.['sequence']}`
  const changed = await verified()
  assert.deepEqual(
    changed.broken.map(({ slot }) => slot),
    [row?.['slot']],
  )
  assert.equal(changed.checkpoint, null)
  await owner`delete from hearth.log where slot = ${row?.['slot']} and sequence = ${row?.['sequence']}`
  assert.deepEqual((await verified()).broken, [{ slot: row?.['slot'], sequence: 1 }])
  await owner`alter table hearth.log force row level security`
})
