// shows: A8
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { HearthError } from '@hearth/protocol'
import OpenAI, { BadRequestError } from 'openai'
import { writeFailure } from '../../../src/wire/openai-chat/errors.ts'
import {
  embeddingCallOf,
  readEmbeddings,
  type EmbeddingCall,
  type EmbeddingsAsked,
} from '../../../src/wire/openai-embeddings/read.ts'
import { writeEmbeddings } from '../../../src/wire/openai-embeddings/write.ts'

interface Door extends AsyncDisposable {
  readonly client: OpenAI
  readonly asked: readonly EmbeddingsAsked[]
}

const vectorOf = (value: string): number[] => [value.length, 0.1, -1e-7, 3.4e38]

/** A server that embeds a text by its length, with the official client in front of it. */
async function openDoor(): Promise<Door> {
  const asked: EmbeddingsAsked[] = []
  const answer = (body: unknown): { status: number; body: object } => {
    try {
      const one = readEmbeddings(body)
      asked.push(one)
      const embeddings = embeddingCallOf(one).values.map(vectorOf)
      return { status: 200, body: writeEmbeddings(one, { embeddings, usage: { tokens: 7 } }, one.model) }
    } catch (error) {
      if (!(error instanceof HearthError)) throw error
      return writeFailure({ type: 'refusal', error, status: 400 })
    }
  }
  const server = createServer((request, response) => {
    void Array.fromAsync(request as AsyncIterable<Buffer>).then((chunks) => {
      const { status, body } = answer(JSON.parse(Buffer.concat(chunks).toString()))
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  return {
    client: new OpenAI({ apiKey: 'sk-test', baseURL, maxRetries: 0 }),
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const floats = (values: readonly number[]): readonly number[] => [...Float32Array.from(values)]

describe('the official client', () => {
  it('reads embeddings, which it asks for as base64 of its own', async () => {
    await using door = await openDoor()
    const { data, model, object, usage } = await door.client.embeddings.create({ model: 'm', input: ['a', 'bcd'] })
    assert.equal(door.asked[0]?.encoding, 'base64')
    assert.deepEqual(
      data.map((one) => ({ ...one, embedding: [...one.embedding] })),
      [
        { object: 'embedding', index: 0, embedding: floats(vectorOf('a')) },
        { object: 'embedding', index: 1, embedding: floats(vectorOf('bcd')) },
      ],
    )
    assert.deepEqual(
      { model, object, usage },
      { model: 'm', object: 'list', usage: { prompt_tokens: 7, total_tokens: 7 } },
    )
  })

  it('reads numbers where it asks for them, exactly', async () => {
    await using door = await openDoor()
    const { data } = await door.client.embeddings.create({ model: 'm', input: 'abc', encoding_format: 'float' })
    assert.deepEqual(data, [{ object: 'embedding', index: 0, embedding: vectorOf('abc') }])
  })

  it('throws what fits where it sends tokens', async () => {
    await using door = await openDoor()
    for (const input of [
      [1, 2],
      [[1], [2, 3]],
    ]) {
      await assert.rejects(door.client.embeddings.create({ model: 'm', input }), (error) => {
        assert.ok(error instanceof BadRequestError)
        assert.deepEqual([error.code, error.param], ['models.not-supported', 'input'])
        return true
      })
    }
    assert.deepEqual(
      door.asked.map(({ input }) => input),
      [
        { type: 'tokens', count: 2 },
        { type: 'tokens', count: 3 },
      ],
    )
  })
})

const callOf = (fields: object): EmbeddingCall => embeddingCallOf(readEmbeddings({ model: 'm', ...fields }))

describe('a request of embeddings', () => {
  it('is read into a call', () => {
    assert.deepEqual(callOf({ input: 'a' }), { values: ['a'] })
    assert.deepEqual(callOf({ input: ['a', 'b'], dimensions: 256, user: 'u', encoding_format: 'float', extra: 1 }), {
      values: ['a', 'b'],
      dimensions: 256,
      providerOptions: { openai: { user: 'u' } },
    })
    assert.deepEqual(callOf({ input: 'a', dimensions: null, user: null, encoding_format: null }), { values: ['a'] })
  })

  it('is answered with numbers where it does not say how', () => {
    assert.equal(readEmbeddings({ model: 'm', input: 'a' }).encoding, 'float')
  })

  const refused: readonly (readonly [body: unknown, issue: string])[] = [
    [7, ': must be an object'],
    [{ input: 'a' }, 'model: is missing'],
    [{ model: '', input: 'a' }, 'model: must not be empty'],
    [{ model: 'm' }, 'input: is missing'],
    [{ model: 'm', input: '' }, 'input: must not be empty'],
    [{ model: 'm', input: 7 }, 'input: must be text, or a list of texts or of tokens'],
    [{ model: 'm', input: {} }, 'input: must be text, or a list of texts or of tokens'],
    [{ model: 'm', input: [] }, 'input: must not be empty'],
    [{ model: 'm', input: ['a', ''] }, 'input[1]: must not be empty'],
    [{ model: 'm', input: ['a', 7] }, 'input[1]: must be text'],
    [{ model: 'm', input: [null] }, 'input[0]: must be text'],
    [{ model: 'm', input: [1.5] }, 'input[0]: must be text'],
    [{ model: 'm', input: [1, 'a'] }, 'input[1]: must be a token'],
    [{ model: 'm', input: [[1], []] }, 'input[1]: must not be empty'],
    [{ model: 'm', input: [[1], 'a'] }, 'input[1]: must be a list'],
    [{ model: 'm', input: [[1], [2, -1]] }, 'input[1][1]: must be a token'],
    [{ model: 'm', input: Array.from({ length: 2049 }, () => 'a') }, 'input: must be 2048 at most'],
    [{ model: 'm', input: 'a', dimensions: 0 }, 'dimensions: must be a whole number from 1 on'],
    [{ model: 'm', input: 'a', encoding_format: 'int8' }, 'encoding_format: must be one of float, base64'],
    [{ model: 'm', input: 'a', user: 7 }, 'user: must be text'],
  ]
  for (const [body, issue] of refused) {
    it(`is refused: ${issue}`, () => {
      assert.throws(
        () => readEmbeddings(body),
        (error) =>
          error instanceof HearthError &&
          error.code === 'input.invalid' &&
          error.issues?.map(({ path, message }) => `${path}: ${message}`).join() === issue,
      )
    })
  }

  it('may be of many tokens', () => {
    const { input } = readEmbeddings({ model: 'm', input: Array.from({ length: 8000 }, (_, token) => token) })
    assert.deepEqual(input, { type: 'tokens', count: 8000 })
  })
})

it('an answer of which nobody counted the tokens says none', () => {
  assert.deepEqual(writeEmbeddings({ encoding: 'base64' }, { embeddings: [[1, -2]] }, 'm'), {
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: 'AACAPwAAAMA=' }],
    model: 'm',
    usage: { prompt_tokens: 0, total_tokens: 0 },
  })
})
