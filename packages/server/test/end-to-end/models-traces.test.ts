// long: a run of everything that npm alone tests has five minutes
// shows: A8, H2
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startHearth, until } from './hearth.ts'
import { startOtlpReceiver, valuesIn } from './otlp-receiver.ts'
import { hello } from './model-ground.ts'
import { json, startUpstream } from './upstream.ts'

const trace = '0af7651916cd43dd8448eb211c80319c'
const traceparent = `00-${trace}-b7ad6b7169203331-01`

test('a call of a model is in the trace of whoever asks, in the words of the conventions for generative AI', async () => {
  await using collector = await startOtlpReceiver()
  await using upstream = await startUpstream()
  await using hearth = await startHearth({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
  const provider = { name: 'mine', kind: 'openai', baseUrl: upstream.url, key: 'sk-secret-of-the-provider' }
  await hearth.call('providers.add', provider)
  // What is kept of calls is no reason to tell it.
  await hearth.call('texts.set', { scope: 'tenant', prompts: 'whole', answers: 'whole' })
  const ask = async (path: string, body: object) =>
    hearth.request('POST', path, { model: 'mine/gpt-4o-mini', ...body }, { traceparent })
  await ask('/v1/chat/completions', { messages: hello })
  await ask('/v1/embeddings', { model: 'mine/text-embedding-3-small', input: 'x' })
  upstream.instead = (_asked, response) => (json(response, { error: { message: 'no' } }, 400), true)
  await ask('/v1/messages', { messages: hello, max_tokens: 5 })
  const spans = () => collector.spans().filter(({ traceId }) => traceId === trace)
  await until(() => spans().length === 3, 'the spans came')
  const told = spans().map(({ name, parentSpanId, attributes, status }) => {
    const values = valuesIn(attributes)
    return {
      name,
      parentSpanId,
      operation: values['gen_ai.operation.name'],
      provider: values['gen_ai.provider.name'],
      request: values['gen_ai.request.model'],
      response: values['gen_ai.response.model'],
      tokens: [values['gen_ai.usage.input_tokens'], values['gen_ai.usage.output_tokens']],
      error: values['error.type'],
      failed: status?.code === 2,
    }
  })
  const parentSpanId = 'b7ad6b7169203331'
  const of = (name: string) => told.find((one) => one.name === name)
  assert.deepEqual(of('embeddings mine/text-embedding-3-small')?.operation, 'embeddings')
  const chats = told.filter(({ name }) => name === 'chat mine/gpt-4o-mini')
  const common = {
    name: 'chat mine/gpt-4o-mini',
    parentSpanId,
    operation: 'chat',
    provider: 'openai',
    request: 'mine/gpt-4o-mini',
    response: 'gpt-4o-mini',
  }
  assert.deepEqual(
    chats.filter(({ failed }) => !failed),
    [{ ...common, tokens: ['11', '4'], error: undefined, failed: false }],
  )
  assert.deepEqual(
    chats.filter(({ failed }) => failed),
    [{ ...common, tokens: [undefined, undefined], error: 'refused', failed: true }],
  )
  const all = JSON.stringify(collector.spans())
  assert.doesNotMatch(all, /good morning|sk-secret/i)
})
