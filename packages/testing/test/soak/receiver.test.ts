import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readLedger } from '../../src/soak/ledger.ts'
import type { ReceiverEntry } from '../../src/soak/ledger.ts'
import { startReceiver } from '../../src/soak/receiver-process.ts'
import { sign, signatureFault } from '../../src/soak/signature.ts'

const secret = `whsec_${Buffer.from('thirty-two bytes of this and that').toString('base64')}`

function delivery(id: string, text: string): { readonly headers: Record<string, string>; readonly body: string } {
  const data = { reminder: 'r1', occurrence: 'o1', due: '2026-01-01T00:00:00Z', late: false, text }
  const body = JSON.stringify({ id, type: 'reminder.rang', at: '2026-01-01T00:00:01Z', data })
  const timestamp = String(Math.floor(Date.now() / 1000))
  const signature = `v1,${sign(id, timestamp, Buffer.from(body), secret)}`
  return { headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }, body }
}

test('the receiver keeps what is signed, rejects the rest, and accepts the third attempt at the latest', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-receiver-'))
  const path = join(folder, 'receiver.jsonl')
  try {
    await using receiver = await startReceiver(path, 'seed')
    receiver.useSecret(secret)
    // The secret travels by another way than the requests: wait until it is there.
    await receiver.count()
    const send = async ({ headers, body }: ReturnType<typeof delivery>): Promise<number | null> =>
      await fetch(receiver.url, { method: 'POST', headers, body }).then(
        (response) => response.status,
        () => null,
      )
    const good = delivery('msg_1', 'a')
    await send(good)
    await send(good)
    assert.equal(await send(good), 200)
    assert.equal(await send({ ...good, body: good.body.replace('o1', 'o2') }), 400)
    assert.equal((await receiver.count()).accepted, 1)
  } finally {
    const entries = readLedger<ReceiverEntry>(path)
    await rm(folder, { recursive: true })
    assert.equal(entries.filter((entry) => entry.type === 'received').length, 3)
    assert.equal(entries.filter((entry) => entry.type === 'rejected').length, 1)
  }
})

test('a signature is refused when it is old, of another body, of another secret or missing', () => {
  const body = Buffer.from('{}')
  const now = 1_700_000_000
  const request = {
    id: 'msg_1',
    timestamp: String(now),
    signature: `v1,${sign('msg_1', String(now), body, secret)}`,
    body,
  }
  assert.equal(signatureFault(request, secret, now), null)
  assert.equal(signatureFault({ ...request, signature: `v1,AAAA ${request.signature}` }, secret, now), null)
  assert.notEqual(signatureFault(request, secret, now + 301), null)
  assert.notEqual(signatureFault({ ...request, body: Buffer.from('{ }') }, secret, now), null)
  assert.notEqual(signatureFault(request, `whsec_${Buffer.from('another').toString('base64')}`, now), null)
  assert.notEqual(signatureFault({ ...request, id: undefined }, secret, now), null)
})
