// shows: A8
import assert from 'node:assert/strict'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { ownerKey } from './hearth.ts'
import { useModelGround } from './model-ground.ts'

// What the clients of both protocols find beside their calls, and how they are told that there is nothing.

const ground = useModelGround()

const openai = () => new OpenAI({ baseURL: `${ground.hearth.url}/v1`, apiKey: ownerKey, maxRetries: 0 })
const anthropic = () => new Anthropic({ baseURL: ground.hearth.url, apiKey: ownerKey, maxRetries: 0 })

test('each model that is listed is told alone, to the clients of both protocols', async () => {
  const listed = await Array.fromAsync(openai().models.list())
  assert.ok(listed.some(({ id }) => id === 'fake/gpt-4o-mini'))
  for (const { id } of listed.slice(0, 5)) {
    assert.deepEqual(
      await openai().models.retrieve(id),
      listed.find((one) => one.id === id),
    )
    const { id: told, type } = await anthropic().models.retrieve(id)
    assert.deepEqual([told, type], [id, 'model'])
  }
  // Some clients leave the slash as it is.
  const headers = { authorization: `Bearer ${ownerKey}` }
  const left = await fetch(`${ground.hearth.url}/v1/models/fake/gpt-4o-mini`, { headers })
  assert.deepEqual([left.status, ((await left.json()) as { id: string }).id], [200, 'fake/gpt-4o-mini'])
})

test('a model that there is not is not found, in the words of each protocol', async () => {
  await assert.rejects(openai().models.retrieve('nobody/has-this'), (error: unknown) => {
    assert.ok(error instanceof OpenAI.NotFoundError)
    assert.equal(error.code, 'model_not_found')
    return /"nobody\/has-this".*GET \/v1\/models/.test(error.message)
  })
  await assert.rejects(anthropic().models.retrieve('nobody/has-this'), (error: unknown) => {
    assert.ok(error instanceof Anthropic.NotFoundError)
    assert.match(error.requestID ?? '', /^[\w.:-]+$/)
    return error.type === 'not_found_error'
  })
})

test('what is not there is refused in the form that the client reads, and it is told what there is', async () => {
  await assert.rejects(openai().images.generate({ model: 'x', prompt: 'x' }), (error: unknown) => {
    assert.ok(error instanceof OpenAI.NotFoundError)
    assert.equal(error.code, 'door.path-unknown')
    return error.message.includes('POST /v1/chat/completions')
  })
  await assert.rejects(anthropic().messages.batches.list(), (error: unknown) => {
    assert.ok(error instanceof Anthropic.NotFoundError)
    assert.match(error.requestID ?? '', /^[\w.:-]+$/)
    return error.type === 'not_found_error'
  })
  const headers = { authorization: `Bearer ${ownerKey}` }
  const wrong = await fetch(`${ground.hearth.url}/v1/chat/completions`, { headers })
  assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'POST'])
  assert.equal(((await wrong.json()) as { error: { code: string } }).error.code, 'door.method-not-allowed')
  // Nothing is told to who may not know, and that in the same form.
  const unknown = new OpenAI({ baseURL: `${ground.hearth.url}/v1`, apiKey: 'sk-nobody', maxRetries: 0 })
  await assert.rejects(unknown.images.generate({ model: 'x', prompt: 'x' }), (error: unknown) => {
    assert.ok(error instanceof OpenAI.AuthenticationError)
    return error.code === 'invalid_api_key' && !error.message.includes('/v1/')
  })
  const elsewhere = await fetch(`${ground.hearth.url}/v2/nothing`, { headers })
  assert.equal(((await elsewhere.json()) as { code: string }).code, 'door.path-unknown')
})
