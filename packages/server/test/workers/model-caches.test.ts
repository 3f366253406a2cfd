// shows: A5
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownerKey, startHearth, until } from '../end-to-end/hearth.ts'
import { startUpstream } from '../end-to-end/upstream.ts'
import { callOnce } from './load.ts'
import { onlyWhenLong } from '@hearth/testing/long'

test('what one worker was answered the others answer too', onlyWhenLong, async () => {
  await using upstream = await startUpstream()
  await using hearth = await startHearth({ HEARTH_WORKERS: '2' })
  const added = { name: 'fake', kind: 'openai', baseUrl: upstream.url, key: 'sk-of-the-upstream' }
  assert.equal((await hearth.call('providers.add', added)).status, 200)
  assert.equal((await hearth.call('caches.set', { caches: {} })).status, 200)
  const ask = async (number: number): Promise<void> => {
    const messages = [{ role: 'user', content: `Question ${number}?` }]
    const body = { model: 'gpt-4o-mini', temperature: 0, messages }
    const headers = { authorization: `Bearer ${ownerKey}` }
    const { status, text } = await callOnce(hearth.url, '/v1/chat/completions', { body, headers })
    assert.equal(status, 200, text)
  }
  const questions = Array.from({ length: 24 }, (_, number) => number)
  // The setting has come to both when both have missed.
  await until(async () => {
    const before = upstream.asked.length
    await ask(-1)
    return upstream.asked.length === before
  }, 'the setting holds')
  upstream.asked.length = 0
  for (const number of questions) await ask(number)
  await until(async () => {
    const { items } = (await hearth.call('calls.list', { limit: 100 })).json
    return items.filter(({ cache }: { readonly cache?: string }) => cache === 'miss').length >= questions.length
  }, 'what was kept was told')
  for (let turn = 0; turn < 5; turn += 1) for (const number of questions) await ask(number)
  // Either worker alone would have asked nearly all of them again: each call is a connection, and comes to one of both.
  assert.ok(upstream.asked.length < questions.length * 1.5, String(upstream.asked.length))
})
