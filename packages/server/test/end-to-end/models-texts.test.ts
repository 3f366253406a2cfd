// shows: H2
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import OpenAI from 'openai'
import { hearthCommand, until, type Answer } from './hearth.ts'
import { hello, useModelGround } from './model-ground.ts'
import { beginStream, chunk, event, json, said } from './upstream.ts'

const ground = useModelGround(async ({ hearth, upstream }) => {
  const claude = { name: 'claude', kind: 'anthropic', baseUrl: upstream.url, key: 'sk-ant', models: ['claude-fable-5'] }
  await hearth.call('providers.add', claude)
})
const mail = 'ann.marker@example.com'
const question = (content: string) => [{ role: 'user' as const, content }]
const chat = (content: string) => ({ model: 'gpt-4o-mini', messages: question(content) })

async function call(operation: string, input: object): Promise<Answer['json']> {
  const { status, text, json: output } = await ground.hearth.call(operation, input)
  assert.equal(status, 200, text)
  return output
}

const set = (prompts: string, answers = prompts, scope = 'tenant') => call('texts.set', { scope, prompts, answers })

/** A call with its texts, once it is as far. */
async function callOf(response: Pick<Response, 'headers'> | string, state = 'kept'): Promise<Answer['json']> {
  const id = typeof response === 'string' ? response : response.headers.get('x-hearth-call')
  let found: Answer['json']
  await until(async () => {
    const { status, json: output } = await ground.hearth.call('calls.get', { id })
    found = output
    return status === 200 && output.textsState === state
  }, `the texts of ${id} are ${state}`)
  return found
}

async function keyFor(terms: object): Promise<string> {
  return (await call('keys.create', { name: 'of a test', ...terms })).key
}

afterEach(async () => {
  for (const { scope } of (await call('texts.get', {})).scopes) await call('texts.set', { scope })
})

/** Every file that the server and its database have written. */
async function holds(marker: string): Promise<boolean> {
  const { data } = JSON.parse(await readFile(join(ground.hearth.data, 'postgres.json'), 'utf8')) as {
    readonly data: string
  }
  for (const folder of new Set([ground.hearth.data, data]))
    for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue
      // Files of a database that runs come and go.
      const bytes = await readFile(join(file.parentPath, file.name)).catch(() => Buffer.alloc(0))
      if (bytes.includes(marker)) return true
    }
  return false
}

test('by default nothing of what is said is anywhere, and what is kept is nowhere in clear', async () => {
  const { response } = await ground.openai().chat.completions.create(chat('default-marker-71')).withResponse()
  const found = await callOf(response, 'none')
  assert.deepEqual([found.texts, found.outcome], [null, 'done'])
  assert.equal(await holds('default-marker-71'), false)
  // The same look finds what is written in clear.
  assert.equal(await holds(found.id), true)

  await set('whole')
  const kept = await ground.openai().chat.completions.create(chat('whole-marker-72')).withResponse()
  const { texts } = await callOf(kept.response)
  assert.deepEqual(texts.prompt, chat('whole-marker-72'))
  assert.deepEqual(texts.answer, { parts: [{ type: 'text', text: said }] })
  assert.deepEqual([texts.prompts, texts.answers], ['whole', 'whole'])
  assert.equal(await holds('whole-marker-72'), false)
  const { items } = await call('events.list', { home: 'owner', limit: 500 })
  assert.ok(!JSON.stringify(items).includes('whole-marker-72'))
  assert.ok(!(await ground.hearth.request('GET', '/metrics')).text.includes('marker'))
})

test('redacted, in every protocol, whole and streamed, passed on and translated', async () => {
  await set('redacted')
  const content = `Write to ${mail}, card 4111 1111 1111 1111.`
  const redacted = 'Write to [e-mail], card [card].'
  const [openai, anthropic] = [ground.openai(), ground.anthropic()]
  ground.upstream.instead = (asked, response) => {
    if (asked.path !== '/v1/chat/completions') return false
    const { stream, model } = JSON.parse(asked.body)
    if (stream !== true) {
      const message = { role: 'assistant', content: `To ${mail}`, refusal: null }
      json(response, {
        id: 'c',
        object: 'chat.completion',
        model,
        choices: [{ index: 0, message, finish_reason: 'stop' }],
      })
      return true
    }
    beginStream(response)
    // Cut within what must not be kept.
    for (const piece of ['To ann.mar', 'ker@exam', 'ple.com']) response.write(event(chunk(model, { content: piece })))
    response.write(event(chunk(model, {}, 'stop')))
    response.end(event('[DONE]'))
    return true
  }
  const messages = question(content)
  const asks = {
    whole: async () => (await openai.chat.completions.create(chat(content)).withResponse()).response,
    streamed: async () => {
      const { data, response } = await openai.chat.completions.create({ ...chat(content), stream: true }).withResponse()
      for await (const _ of data);
      return response
    },
    'responses translated': async () =>
      (await openai.responses.create({ model: 'claude/claude-fable-5', input: content }).withResponse()).response,
    'messages translated, streamed': async () => {
      const stream = anthropic.messages.stream({ model: 'fake/gpt-4o-mini', max_tokens: 100, messages })
      await stream.finalText()
      return (await stream.withResponse()).response
    },
    'messages passed on': async () =>
      (await anthropic.messages.create({ model: 'claude/claude-fable-5', max_tokens: 100, messages }).withResponse())
        .response,
    'messages passed on, streamed': async () => {
      const stream = anthropic.messages.stream({ model: 'claude/claude-fable-5', max_tokens: 100, messages })
      await stream.finalText()
      return (await stream.withResponse()).response
    },
  }
  for (const [name, ask] of Object.entries(asks)) {
    const { texts, model } = await callOf(await ask())
    const spoken = model === 'gpt-4o-mini' ? 'To [e-mail]' : said
    assert.deepEqual(texts.answer, { parts: [{ type: 'text', text: spoken }] }, name)
    assert.ok(JSON.stringify(texts.prompt).includes(redacted), `${name}: ${JSON.stringify(texts.prompt)}`)
    assert.ok(!JSON.stringify(texts).includes('marker@'), name)
  }
})

test('of embeddings what was asked alone, of pictures that there was one, of templates what they made', async () => {
  await set('redacted')
  const embedded = await ground
    .openai()
    .embeddings.create({ model: 'fake/text-embedding-3-small', input: ['one', mail] })
    .withResponse()
  const { texts } = await callOf(embedded.response)
  assert.deepEqual([texts.prompt.input, texts.answer, texts.answers], [['one', '[e-mail]'], null, 'none'])

  const picture = Buffer.alloc(90_000, 'picture').toString('base64')
  const seen = await ground
    .openai()
    .chat.completions.create({
      model: 'gpt-4o-mini',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${picture}` } },
          ],
        },
      ],
    })
    .withResponse()
  const [message] = (await callOf(seen.response)).texts.prompt.messages
  assert.deepEqual(message.content[1], { type: 'image_url', image_url: { url: '[image, 90 kB]' } })

  await call('templates.set', {
    name: 'greet',
    body: 'Greet {{ input }} <bob.marker@example.com>.',
    model: 'gpt-4o-mini',
  })
  const made = await ground
    .openai()
    .chat.completions.create({ ...chat('Ann'), model: 'template:greet' })
    .withResponse()
  const { prompt } = (await callOf(made.response)).texts
  assert.ok(JSON.stringify(prompt).includes('Greet Ann <[e-mail]>.'), JSON.stringify(prompt))
})

test('what was broken off, left, refused by its provider, or kept before', async () => {
  await set('redacted')
  const openai = ground.openai()
  ground.upstream.instead = (_asked, response) => {
    json(response, { error: { message: `no ${mail}`, type: 'invalid_request_error' } }, 400)
    return true
  }
  const failed = await openai.chat.completions.create(chat(`refused ${mail}`)).catch((error: unknown) => error)
  assert.ok(failed instanceof OpenAI.APIError)
  const refused = await callOf(failed.headers?.get('x-hearth-call') ?? '')
  assert.deepEqual([refused.outcome, refused.texts.answer], ['refused', null])
  assert.deepEqual(refused.texts.prompt.messages, question('refused [e-mail]'))

  ground.upstream.instead = (_asked, response) => {
    beginStream(response)
    response.write(event(chunk('gpt-4o-mini', { content: 'Half of ' })))
    response.write(event(chunk('gpt-4o-mini', { content: 'it' })), () => setTimeout(() => response.destroy(), 20))
    return true
  }
  const lost = await openai.chat.completions.create({ ...chat('lost'), stream: true }).withResponse()
  await assert.rejects(async () => {
    for await (const _ of lost.data);
  })
  assert.deepEqual((await callOf(lost.response)).texts.answer, { parts: [{ type: 'text', text: 'Half of it' }] })

  ground.upstream.instead = (_asked, response) => {
    beginStream(response)
    response.write(event(chunk('gpt-4o-mini', { content: 'Never ending' })))
    return true
  }
  const left = await openai.chat.completions.create({ ...chat('left'), stream: true }).withResponse()
  for await (const _ of left.data) break
  const stopped = await callOf(left.response)
  assert.deepEqual([stopped.outcome, stopped.texts.answer.parts[0].text], ['stopped', 'Never ending'])

  // Under a key it goes on, and all of it was said.
  const { promise: isLeft, resolve: leave } = Promise.withResolvers<void>()
  ground.upstream.instead = async (_asked, response) => {
    beginStream(response)
    response.write(event(chunk('gpt-4o-mini', { content: 'Told to nobody' })))
    await isLeft
    response.write(event(chunk('gpt-4o-mini', { content: ' but kept' })))
    response.write(event(chunk('gpt-4o-mini', {}, 'stop')))
    response.end('data: [DONE]\n\n')
    return true
  }
  const headers = { 'Idempotency-Key': 'left' }
  const keyed = await openai.chat.completions.create({ ...chat('left'), stream: true }, { headers }).withResponse()
  for await (const _ of keyed.data) break
  await ground.openai().chat.completions.create({ ...chat('meanwhile'), model: 'demo' })
  leave()
  const whole = await callOf(keyed.response)
  assert.deepEqual([whole.outcome, whole.texts.answer.parts[0].text], ['done', 'Told to nobody but kept'])

  ground.upstream.instead = undefined
  await call('caches.set', { caches: { sampled: true } })
  for (const cache of ['miss', 'hit']) {
    const { response } = await openai.chat.completions.create(chat('kept before')).withResponse()
    const found = await callOf(response)
    assert.deepEqual([found.cache, found.texts.answer], [cache, { parts: [{ type: 'text', text: said }] }])
  }
  await call('caches.set', { caches: null })
})

test('calls of tools, with what is in their arguments', async () => {
  await set('redacted')
  const args = JSON.stringify({ to: mail, password: 'correct horse' }).replace('@', '\\u0040')
  ground.upstream.instead = (asked, response) => {
    const { model } = JSON.parse(asked.body)
    const toolCall = (fields: object) => ({ tool_calls: [{ index: 0, ...fields }] })
    beginStream(response)
    response.write(
      event(chunk(model, toolCall({ id: 'c', type: 'function', function: { name: 'send', arguments: '' } }))),
    )
    for (const piece of args.match(/.{1,7}/g) ?? [])
      response.write(event(chunk(model, toolCall({ function: { arguments: piece } }))))
    response.write(event(chunk(model, {}, 'tool_calls')))
    response.end(event('[DONE]'))
    return true
  }
  const { data, response } = await ground
    .openai()
    .chat.completions.create({ ...chat('send'), stream: true })
    .withResponse()
  for await (const _ of data);
  assert.deepEqual((await callOf(response)).texts.answer, {
    parts: [{ type: 'call', name: 'send', text: '{"to":"[e-mail]","password":"[password]"}' }],
  })
})

test('the narrowest setting counts; a key decides nothing about itself, and sees texts by the scope alone', async () => {
  await set('whole')
  const key = await keyFor({ scopes: ['models.use', 'calls.read', 'texts.write', 'keys.write'] })
  const id = `key_${key.slice(7, 33)}`
  await set('none', 'none', `key:${id}`)
  const mine = await ground.openai(key).chat.completions.create(chat('of a key')).withResponse()
  const others = await ground.openai().chat.completions.create(chat('of the owner')).withResponse()
  await callOf(others.response)
  assert.equal((await callOf(mine.response, 'none')).texts, null)

  const by = (operation: string, input: object) =>
    ground.hearth.call(operation, input, { authorization: `Bearer ${key}` })
  for (const [operation, input] of [
    ['texts.set', { scope: `key:${id}`, prompts: 'whole' }],
    ['texts.set', { scope: `key:${id}` }],
    ['keys.create', { name: 'other', scopes: ['models.use'] }],
  ] as const)
    assert.equal((await by(operation, input)).json.code, 'keys.above-yourself', operation)
  assert.equal((await by('texts.set', { scope: 'home:bob', prompts: 'redacted' })).status, 200)
  assert.equal((await by('texts.remove', {})).json.code, 'auth.permission-missing')

  const hidden = await by('calls.get', { id: others.response.headers.get('x-hearth-call') })
  assert.deepEqual([hidden.json.textsState, hidden.json.texts], ['hidden', null])
  const wide = await keyFor({ scopes: ['*'] })
  const wider = await ground.hearth.call(
    'calls.get',
    { id: others.response.headers.get('x-hearth-call') },
    { authorization: `Bearer ${wide}` },
  )
  assert.equal(wider.json.textsState, 'hidden')
  const named = await keyFor({ scopes: ['calls.read', 'texts.read'] })
  const seen = await ground.hearth.call(
    'calls.get',
    { id: others.response.headers.get('x-hearth-call') },
    { authorization: `Bearer ${named}` },
  )
  assert.deepEqual(seen.json.texts.prompt.messages, question('of the owner'))
})

test('patterns of one’s own, none of which holds up the server', async () => {
  await set('redacted')
  const patterns = [
    { name: 'staff', pattern: 'EMP-\\d{6}' },
    { name: 'slow', pattern: '(a+)+$' },
  ]
  for (const pattern of ['(', 'a*', '(?=a)b', '(a{500}){500}', '\\1']) {
    const wrong = await ground.hearth.call('texts.setPatterns', { patterns: [{ name: 'wrong', pattern }] })
    assert.deepEqual([wrong.status, wrong.json.issues[0].path], [400, 'patterns.0.pattern'], pattern)
  }
  await call('texts.setPatterns', { patterns })
  const { response } = await ground
    .openai()
    .chat.completions.create(chat(`EMP-123456 ${'a'.repeat(30_000)}!`))
    .withResponse()
  const [message] = (await callOf(response)).texts.prompt.messages
  assert.match(message.content, /^\[staff\] a+!$/)
  await call('texts.setPatterns', { patterns: [] })
})

test('who is forgotten is forgotten with what they said; what is removed is gone for all; an export has it until then', async () => {
  await set('redacted')
  const ann = await keyFor({ home: 'ann', scopes: ['models.use'] })
  const hers = await ground.openai(ann).chat.completions.create(chat('of Ann')).withResponse()
  const owners = await ground.openai().chat.completions.create(chat('of the owner')).withResponse()
  const { texts } = await callOf(hers.response)
  await callOf(owners.response)
  const exported = (await call('people.export', { person: 'ann' })).items.find(
    ({ type }: { readonly type: string }) => type === 'call-text.kept',
  )
  assert.deepEqual(exported.data.prompt, texts.prompt)

  const id = hers.response.headers.get('x-hearth-call') ?? ''
  await ground.hearth.call('calls.get', { id }, { 'idempotency-key': 'seen once' })
  await call('people.forget', { person: 'ann' })
  assert.equal((await callOf(id, 'gone')).texts, null)
  assert.equal((await ground.hearth.call('calls.get', { id }, { 'idempotency-key': 'seen once' })).json.texts, null)
  await callOf(owners.response)

  assert.deepEqual(await call('texts.remove', { before: new Date().toISOString() }), { days: 0 })
  assert.deepEqual(await call('texts.remove', {}), { days: 1 })
  await callOf(owners.response, 'gone')
  const again = await ground.openai().chat.completions.create(chat('after that')).withResponse()
  await callOf(again.response)
  assert.equal((await call('views.verify', { view: 'text_terms' })).different, 0)
  assert.deepEqual((await call('log.verify', {})).broken, [])
  const shown = await hearthCommand(
    ['calls.get', '--id', again.response.headers.get('x-hearth-call') ?? '', '--json'],
    {
      HEARTH_DATA: ground.hearth.data,
    },
  )
  assert.equal(JSON.parse(shown.said).texts.prompt.messages[0].content, 'after that')
})

test('texts are counted, wait for a database that is away, and outlive a server that is killed', async () => {
  await set('redacted')
  const { response } = await ground
    .openai()
    .chat.completions.create({ model: 'gpt-4o-mini', messages: hello })
    .withResponse()
  const before = await callOf(response)
  const metrics = (await ground.hearth.request('GET', '/metrics')).text
  assert.match(metrics, /hearth_model_texts_total\{result="kept"\} [1-9]/)
  assert.match(metrics, /hearth_model_texts_total\{result="lost"\} 0/)
  await ground.hearth.killAndStart('postgres')
  const meanwhile = await ground.openai().chat.completions.create(chat('while it is away')).withResponse()
  assert.deepEqual((await callOf(meanwhile.response)).texts.prompt.messages, question('while it is away'))
  await ground.hearth.killAndStart('server')
  assert.deepEqual(await callOf(response), before)
})

test('who gives keys away cannot give one to themselves of which nothing is kept', async () => {
  await set('redacted')
  const [giver, writer] = [
    await keyFor({ scopes: ['keys.write', 'texts.write'] }),
    await keyFor({ scopes: ['texts.write'] }),
  ]
  const by = (key: string, input: object) => ground.hearth.call('texts.set', input, { authorization: `Bearer ${key}` })
  const none = { scope: 'key:key_of_another', prompts: 'none', answers: 'none' }
  assert.equal((await by(giver, none)).json.code, 'keys.above-yourself')
  const fewerDays = { scope: 'home:bob', prompts: 'redacted', answers: 'redacted', days: 1 }
  assert.equal((await by(giver, fewerDays)).json.code, 'keys.above-yourself')
  assert.equal((await by(giver, { scope: 'home:bob', prompts: 'whole', answers: 'redacted' })).status, 200)
  assert.equal((await by(writer, none)).status, 200)
})
