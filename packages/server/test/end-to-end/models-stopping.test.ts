// long: a run of everything that npm alone tests has five minutes
// shows: H2
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from './hearth.ts'
import { useModelGround } from './model-ground.ts'

const ground = useModelGround()

test('what was said in a call that ends while the server stops is kept', async () => {
  const { hearth, upstream } = ground
  await hearth.call('texts.set', { scope: 'tenant', prompts: 'whole', answers: 'whole' })
  const { promise, resolve } = Promise.withResolvers<void>()
  upstream.instead = async () => {
    await promise
    return false
  }
  const question = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] }
  const asking = hearth.request('POST', '/v1/chat/completions', question)
  await until(() => upstream.asked.length === 1, 'it is asked')
  await hearth.stopAndStart(async () => {
    resolve()
    assert.equal((await asking).status, 200)
  })
  const id = (await asking).headers.get('x-hearth-call')
  const { outcome, textsState, texts } = (await hearth.call('calls.get', { id })).json
  assert.deepEqual([outcome, textsState, texts?.prompt], ['done', 'kept', question])
})
