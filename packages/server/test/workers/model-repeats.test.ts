// shows: A8
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'node:test'
import { ownerKey, startHearth } from '../end-to-end/hearth.ts'
import { startUpstream } from '../end-to-end/upstream.ts'
import { callOnce } from './load.ts'
import { onlyWhenLong } from '@hearth/testing/long'

test('a call that is sent again comes to one provider once, whichever worker it comes to', onlyWhenLong, async () => {
  await using upstream = await startUpstream()
  await using hearth = await startHearth({ HEARTH_WORKERS: '2' })
  const added = { name: 'fake', kind: 'openai', baseUrl: upstream.url, key: 'sk-of-the-upstream' }
  assert.equal((await hearth.call('providers.add', added)).status, 200)
  const ask = async (number: number): Promise<string> => {
    const body = { model: 'fake/gpt-4o-mini', messages: [{ role: 'user', content: `Question ${number}?` }] }
    const headers = { authorization: `Bearer ${ownerKey}`, 'idempotency-key': `number ${number}` }
    const { status, text } = await callOnce(hearth.url, '/v1/chat/completions', { body, headers })
    assert.equal(status, 200, text)
    return text
  }
  let answers = 0
  upstream.instead = async (_asked, response) => {
    await pause(20)
    const message = { role: 'assistant', content: String((answers += 1)) }
    const choices = [{ index: 0, message, finish_reason: 'stop' }]
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices }))
    return true
  }
  const numbers = Array.from({ length: 12 }, (_, number) => number)
  for (const number of numbers) {
    const told = await Promise.all([ask(number), ask(number), ask(number), ask(number)])
    assert.equal(new Set([...told, await ask(number)]).size, 1)
  }
  assert.equal(upstream.asked.length, numbers.length)
})
