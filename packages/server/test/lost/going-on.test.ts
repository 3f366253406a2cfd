// shows: A3, A4
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'
import { HearthError } from '@hearth/protocol'
import { clients } from './clients.ts'
import { goesOn, startGround, type Ground } from './ground.ts'
import type { Asked, Told } from './mortal.ts'
import { speeches, type Protocol } from './speech.ts'

let ground: Ground
before(async () => {
  ground = await startGround()
})
after(() => ground[Symbol.asyncDispose]())
beforeEach(() => {
  ground.first.asked.length = ground.second.asked.length = 0
  ground.kinds = ['openai', 'openai']
  ground.policy = goesOn
  ground.budget = undefined
  ground.model = 'm'
  ground.first.answer = () => ({ text, cut: half('chat') })
  ground.second.answer = rest
})

const text = 'High tide is at 06:14. Bring boots, and mind the wet stones.'
/** In the middle of the text. */
const half = (protocol: Protocol): number => Buffer.byteLength(speeches[protocol](text, 'first').slice(0, 9).join(''))
const rest = ({ said }: Asked): Told => ({ text: said === null ? text : text.slice(said.length) })

const outcomes = async (): Promise<readonly string[]> =>
  (await ground.record()).tries.map(({ provider, outcome }) => `${provider} ${outcome}`)

test('who asks without that policy is told that the answer broke off', async () => {
  ground.policy = {}
  await assert.rejects(clients.chat(ground), /closed before the answer was whole/)
  assert.deepEqual(await outcomes(), ['first lost'])
  assert.equal(ground.second.asked.length, 0)
})

test('both are paid and in the record, and usage and cost are those of both', async () => {
  const held: number[] = []
  const released: number[] = []
  ground.budget = {
    limits: () => true,
    reserve: (_asker, costOf) => {
      const cost = costOf()
      const nano = (cost?.input ?? 0) + 100 * (cost?.token ?? 0)
      held.push(nano)
      return Promise.resolve({
        most: 100,
        accounts: ['a'],
        nano,
        token: 0,
        release: (spent) => void released.push(spent),
      })
    },
  }
  const heard = await clients.chat(ground)
  assert.equal(heard.text, text)
  const record = await ground.record()
  assert.deepEqual(await outcomes(), ['first lost', 'second ok'])
  const { outcome, continued, tokens, costUsd, charged, provider, passed } = record
  assert.deepEqual([outcome, continued, provider, passed], ['done', 1, 'second', false])
  assert.equal(heard.output, tokens?.output)
  const own = speeches.chat(rest(ground.second.asked[0] as Asked).text, 'second').length - 4
  assert.ok((tokens?.output ?? 0) > own && (tokens?.input ?? 0) > 20, JSON.stringify(tokens))
  assert.equal(Number(costUsd), ((tokens?.input ?? 0) + (tokens?.output ?? 0)) / 1e6)
  // Of the one that was lost nobody knows what it had worked; the other told.
  assert.equal(held.length, 2)
  assert.equal(released[0], held[0])
  assert.equal(
    charged?.nano,
    released.reduce((sum, one) => sum + one),
  )
})

test('what the answer may still have is less, and the rest of the request is the same', async () => {
  await clients.chat(ground, { max_tokens: 60, temperature: 0.5, stop: ['\n\n\n'] })
  const { body, said } = ground.second.asked[0] as Asked
  assert.ok(said !== null && text.startsWith(said))
  assert.ok(Number(body['max_tokens']) < 60 + 24 && Number(body['max_tokens']) >= 60, String(body['max_tokens']))
  assert.deepEqual([body['temperature'], body['stop']], [0.5, ['\n\n\n']])
})

test('a trailer says that it was gone on with, and what all of it cost', async () => {
  const trailers = await new Promise<NodeJS.Dict<string>>((resolve, reject) => {
    const asked = request(`${ground.url}/v1/chat/completions`, { method: 'POST' }, (answer) => {
      answer.resume().once('end', () => resolve(answer.trailers))
    })
    asked.once('error', reject)
    asked.end(JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'Tides?' }] }))
  })
  assert.equal(trailers['x-hearth-continued'], '1')
  assert.equal(trailers['x-hearth-cost-usd'], (await ground.record()).costUsd)
})

test('an answer that is lost again and again is let go', async () => {
  const long = 'word '.repeat(200)
  ground.first.answer = ground.second.answer = ({ said }) => ({ text: long.slice(said?.length ?? 0), cut: 2500 })
  await assert.rejects(clients.chat(ground), /closed before the answer was whole/)
  assert.equal(ground.first.asked.length + ground.second.asked.length, 4)
  const { outcome, continued } = await ground.record()
  assert.deepEqual([outcome, continued], ['lost', 3])
})

test('lost twice it is one answer still', async () => {
  ground.second.answer = (asked) => ({ ...rest(asked), cut: 1200 })
  let times = 0
  ground.first.answer = (asked) => ((times += 1) === 1 ? { text, cut: half('chat') } : rest(asked))
  assert.equal((await clients.chat(ground)).text, text)
  assert.deepEqual(await outcomes(), ['first lost', 'second lost', 'first ok'])
})

test('the only place there is is asked again', async () => {
  ground.kinds = ['anthropic', null]
  ground.first.answer = (asked) => (asked.said === null ? { text, cut: half('messages') } : rest(asked))
  assert.equal((await clients.messages(ground)).text, text)
  assert.deepEqual(await outcomes(), ['first lost', 'first ok'])
})

test('a place that fails before it says anything is followed by the next', async () => {
  ground.kinds = ['anthropic', 'openai']
  ground.second.answer = () => ({ text: '', status: 503 })
  ground.first.answer = (asked) => (asked.said === null ? { text, cut: half('messages') } : rest(asked))
  assert.equal((await clients.messages(ground)).text, text)
  assert.deepEqual(await outcomes(), ['first lost', 'second away', 'first ok'])
})

test('an error in the middle of a stream is not shown where another goes on', async () => {
  const errors = [
    ['chat', 'openai', 'data: {"error":{"message":"overloaded","type":"server_error"}}\n\n'],
    [
      'messages',
      'anthropic',
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
    ],
    [
      'responses',
      'openai',
      'event: error\ndata: {"type":"error","code":"server_error","message":"no","param":null,"sequence_number":99}\n\n',
    ],
  ] as const
  for (const [protocol, kind, instead] of errors) {
    ground.kinds = [kind, 'openai']
    ground.first.answer = () => ({ text, cut: half(protocol), instead })
    assert.equal((await clients[protocol](ground)).text, text)
  }
})

test('one that had evidently come to its end is ended, whatever the policy, and nobody is asked again', async () => {
  for (const [protocol, kind, before] of [
    ['chat', 'openai', 1],
    ['messages', 'anthropic', 1],
    ['messages', 'openai', 1],
    ['chat', 'anthropic', 1],
  ] as const)
    for (const lost of ['continue', 'end'] as const) {
      ground.kinds = [kind, 'openai']
      const spoken = kind === 'openai' ? 'chat' : 'messages'
      if (lost === 'end' && spoken !== protocol) continue
      ground.policy = { lost }
      const events = speeches[spoken](text, 'first').slice(0, -before)
      ground.first.answer = () => ({ text, events, cut: 1e6 })
      const heard = await clients[protocol](ground)
      assert.equal(heard.text, text)
      assert.match(String(heard.finish), /^(stop|end_turn)$/)
      assert.equal((await ground.record()).outcome, 'done')
      assert.equal(ground.second.asked.length, 0)
    }
})

test('what two models cannot tell between them ends with an error', async () => {
  const structured = { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'object' } } }
  for (const more of [{ response_format: structured }, { n: 2 }, { logprobs: true }])
    await assert.rejects(clients.chat(ground, more), /closed before the answer was whole/, JSON.stringify(more))
  const format = { type: 'json_schema', name: 'a', schema: { type: 'object' } }
  ground.first.answer = () => ({ text, cut: half('responses') })
  await assert.rejects(clients.responses(ground, { text: { format } }), /closed before the answer was whole/)
  // What can only be passed on as it is cannot be asked in other words.
  const earlier = { previous_response_id: 'resp_1' }
  await assert.rejects(clients.responses(ground, earlier), /closed before the answer was whole/)
  assert.equal(ground.second.asked.length, 0)
})

test('half a call of a tool, half a thought and a refusal end with an error', async () => {
  const tool = { name: 'tides', description: 'tides', input_schema: { type: 'object' as const } }
  const told = (type: string, fields: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
  const [start = ''] = speeches.messages(text, 'first')
  const use = { type: 'tool_use', id: 'toolu_1', name: 'tides', input: {} }
  const half = told('content_block_delta', { index: 0, delta: { type: 'input_json_delta', partial_json: '{"at' } })
  const thinking = { type: 'thinking', thinking: '', signature: '' }
  const thought = told('content_block_delta', { index: 0, delta: { type: 'thinking_delta', thinking: 'Hm' } })
  const begun = [
    [start, told('content_block_start', { index: 0, content_block: use }), half],
    [start, told('content_block_start', { index: 0, content_block: thinking }), thought],
  ]
  for (const kinds of [['anthropic', 'openai'] as const, ['anthropic', 'anthropic'] as const])
    for (const events of begun) {
      ground.kinds = kinds
      ground.first.answer = () => ({ text, events, cut: 1e6 })
      const more = { tools: [tool], max_tokens: 3000, thinking: { type: 'enabled', budget_tokens: 1024 } }
      await assert.rejects(clients.messages(ground, more), /closed before the answer was whole/)
    }
  ground.kinds = ['openai', 'openai']
  const [first = ''] = speeches.chat(text, 'first')
  const refusal = first.replace('"content":""', '"content":null').replace('"refusal":null', '"refusal":"I cannot"')
  const call = first.replace(
    '"refusal":null',
    '"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"t","arguments":"{"}}]',
  )
  for (const event of [refusal, call]) {
    ground.first.answer = () => ({ text, events: [event], cut: 1e6 })
    await assert.rejects(clients.chat(ground), /closed before the answer was whole/)
  }
  // The same where the answer is said in other words.
  await assert.rejects(clients.messages(ground), /closed before the answer was whole/)
  assert.equal(ground.second.asked.length, 0)
})

test('a whole thought stays, and the text behind it is gone on with; what the next one thinks is not shown', async () => {
  const told = (type: string, fields: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
  const withThought = (all: readonly string[]): readonly string[] => [
    all[0] ?? '',
    told('content_block_start', { index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }),
    told('content_block_delta', { index: 0, delta: { type: 'thinking_delta', thinking: 'Hm' } }),
    told('content_block_delta', { index: 0, delta: { type: 'signature_delta', signature: 'sig' } }),
    told('content_block_stop', { index: 0 }),
    ...all.slice(1).map((event) => event.replaceAll('"index":0', '"index":1')),
  ]
  ground.kinds = ['anthropic', 'anthropic']
  ground.first.answer = () => ({ text, events: withThought(speeches.messages(text, 'first')).slice(0, 12), cut: 1e6 })
  ground.second.answer = (asked) => ({ text, events: withThought(speeches.messages(rest(asked).text, 'second')) })
  const thinking = { type: 'enabled' as const, budget_tokens: 1024 }
  const messages = [{ role: 'user' as const, content: 'Tides?' }]
  const asked = { model: 'm', max_tokens: 3000, thinking, messages }
  const final = await ground.anthropic.messages.stream(asked).finalMessage()
  assert.deepEqual(
    final.content.map((block) => (block.type === 'text' ? block.text : block.type)),
    ['thinking', text],
  )
  assert.equal((ground.second.asked[0] as Asked).body['thinking'], undefined)
})

test('where a chat was lost in its thoughts, which are only shown, the answer is told by the next', async () => {
  const [head = '', ...words] = speeches.chat(text, 'first')
  const thought = head.replace('"role":"assistant","content":""', '"reasoning_content":"Hm"')
  ground.first.answer = () => ({ text, events: [head, thought], cut: 1e6 })
  ground.second.answer = ({ said }) => ({ text: '', events: said === null ? [head, thought, ...words] : [] })
  const heard = await clients.chat(ground)
  assert.equal(heard.text, text)
  assert.equal((await ground.record()).continued, 1)
})

test('tools that the next one calls are the client’s to run', async () => {
  const tools = [{ type: 'function' as const, function: { name: 'tides', parameters: { type: 'object' } } }]
  ground.second.answer = (asked) => {
    const [head = '', ...words] = speeches.chat(rest(asked).text, 'second')
    const call = head.replace(
      '"refusal":null',
      '"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"tides","arguments":"{}"}}]',
    )
    const events = [
      head,
      ...words.slice(0, -3),
      call,
      ...words.slice(-3).map((one) => one.replace('"stop"', '"tool_calls"')),
    ]
    return { text, events }
  }
  for (const kind of ['openai', 'anthropic'] as const) {
    ground.kinds = [kind, 'openai']
    if (kind === 'openai') {
      const stream = ground.openai.chat.completions.stream({
        model: 'm',
        messages: [{ role: 'user', content: 'Tides?' }],
        tools,
      })
      const { choices } = await stream.finalChatCompletion()
      assert.equal(choices[0]?.message.content, text)
      assert.equal(choices[0]?.message.tool_calls?.[0]?.id, 'call_1')
      assert.equal(choices[0]?.finish_reason, 'tool_calls')
    } else {
      ground.first.answer = () => ({ text, cut: half('messages') })
      const final = await ground.anthropic.messages
        .stream({
          model: 'm',
          max_tokens: 100,
          messages: [{ role: 'user', content: 'Tides?' }],
          tools: [{ name: 'tides', input_schema: { type: 'object' } }],
        })
        .finalMessage()
      assert.deepEqual(
        final.content.map(({ type }) => type),
        ['text', 'tool_use'],
      )
      assert.equal(final.stop_reason, 'tool_use')
    }
  }
})

test('where there is no money for the rest the answer ends with how it was lost', async () => {
  let reserved = 0
  ground.budget = {
    limits: () => true,
    reserve: () => {
      reserved += 1
      if (reserved > 1) throw new HearthError('budgets.exhausted', 'There is nothing left.')
      return Promise.resolve({ most: 100, accounts: ['a'], nano: 5, token: 0, release: () => undefined })
    },
  }
  await assert.rejects(clients.chat(ground), /closed before the answer was whole/)
  const { outcome, charged } = await ground.record()
  assert.deepEqual([outcome, charged], ['lost', { nano: 5, accounts: ['a'] }])
  assert.equal(ground.second.asked.length, 0)
})

test('for a client that has left nobody is asked', async () => {
  ground.first.answer = () => ({ text, cut: half('chat'), restAfterMs: null })
  const { promise, resolve } = Promise.withResolvers<void>()
  const asked = request(`${ground.url}/v1/chat/completions`, { method: 'POST' }, (answer) => {
    answer.once('data', () => asked.destroy()).once('error', () => resolve())
  })
  asked.once('error', () => resolve())
  asked.end(JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'Tides?' }] }))
  await promise
  assert.equal((await ground.record()).outcome, 'stopped')
  assert.equal(ground.second.asked.length, 0)
})

test('of two that are asked at once the one that answers can be gone on with', async () => {
  ground.policy = { ...goesOn, hedge: { afterMs: 50 } }
  ground.second.answer = () => ({ text, cut: half('chat') })
  ground.first.answer = (asked) => (asked.said === null ? 'nothing' : rest(asked))
  assert.equal((await clients.chat(ground)).text, text)
  const { continued, tries } = await ground.record()
  assert.equal(continued, 1)
  assert.deepEqual(tries.map(({ provider, outcome }) => `${provider} ${outcome}`).toSorted(), [
    'first ok',
    'first stopped',
    'second lost',
  ])
})
