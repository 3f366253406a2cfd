// shows: H2
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownerKey, startHearth, until, type Answer } from '../end-to-end/hearth.ts'
import { startUpstream } from '../end-to-end/upstream.ts'
import { callOnce } from './load.ts'
import { onlyWhenLong } from '@hearth/testing/long'

test('texts are kept at whichever worker, under one key, and removed for all of them', onlyWhenLong, async () => {
  await using upstream = await startUpstream()
  await using hearth = await startHearth({ HEARTH_WORKERS: '2' })
  const call = async (operation: string, input: object): Promise<Answer['json']> => {
    const { status, text, json } = await hearth.call(operation, input)
    assert.equal(status, 200, text)
    return json
  }
  await call('providers.add', { name: 'fake', kind: 'openai', baseUrl: upstream.url, key: 'sk-of-the-upstream' })
  await call('texts.set', { scope: 'tenant', prompts: 'redacted', answers: 'redacted' })
  const headers = { authorization: `Bearer ${ownerKey}` }
  const ask = async (number: number): Promise<void> => {
    const messages = [{ role: 'user', content: `Question ${number} of ann@example.com?` }]
    const body = { model: 'gpt-4o-mini', messages }
    assert.equal((await callOnce(hearth.url, '/v1/chat/completions', { body, headers })).status, 200)
  }
  const count = async (state: string): Promise<number> => {
    const { items } = await call('calls.list', { limit: 40 })
    const all = items.map(({ id }: { readonly id: string }) => call('calls.get', { id }))
    return (await Promise.all(all)).filter((one: Answer['json']) => one.textsState === state).length
  }
  // The setting comes to each in its time.
  for (let kept = 0, number = 0; kept < 6; kept = await count('kept'))
    for (let turn = 0; turn < 4; turn += 1) await ask((number += 1))
  const before = await count('kept')
  assert.deepEqual(await call('texts.remove', {}), { days: 1 })
  assert.equal(await count('kept'), 0)
  assert.ok((await count('gone')) >= before)
  let number = 1000
  await until(async () => {
    await ask((number += 1))
    return (await count('kept')) > 1
  }, 'both have another key')
  const { text } = await hearth.request('GET', '/metrics')
  assert.match(text, /hearth_model_texts_total\{result="lost"\} 0/)
})
