import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { sign, signatureFault } from '../../packages/testing/src/soak/signature.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const body = Buffer.from('{"id":"msg_1","text":"zwölf"}')

test('the soak signs as the official library verifies, and verifies what it signs', () => {
  const now = new Date()
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const official = new Webhook(secret)
  const signature = official.sign('msg_1', now, body.toString())
  assert.equal(signature, `v1,${sign('msg_1', timestamp, body, secret)}`)
  assert.equal(signatureFault({ id: 'msg_1', timestamp, signature, body }, secret, now.getTime() / 1000), null)
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${sign('msg_1', timestamp, body, secret)}`,
  }
  assert.deepEqual(official.verify(body.toString(), headers), { id: 'msg_1', text: 'zwölf' })
})
