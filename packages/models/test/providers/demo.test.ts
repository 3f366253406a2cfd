// shows: A1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatCall, FunctionTool } from '../../src/language.ts'
import { createDemo } from '../../src/providers/demo/provider.ts'
import { manifests } from '../../src/providers/demo/manifest.ts'
import { ask, failureFrom, streamedBy, toldWhole } from './conformance/answer.ts'
import { afterTools, tools } from './conformance/canon.ts'

const demo = createDemo()

/** The same whole and as a stream. */
async function says(text: string, more: Partial<ChatCall> = {}) {
  const call = ask(text, more)
  const [whole, streamed] = [toldWhole(await demo.doGenerate(call)), await streamedBy(demo, call)]
  assert.deepEqual(
    [streamed.text, streamed.calls, streamed.ids, streamed.finish, streamed.usage],
    [whole.text, whole.calls, whole.ids, whole.finish, whole.usage],
  )
  return streamed
}

test('it is there without a key and an address', async () => {
  const [manifest] = manifests
  assert.deepEqual([manifest?.kind, manifest?.key, manifest?.baseUrl], ['demo', 'none', null])
  const open = await manifest?.open()
  const fetch = () => Promise.reject(new Error('the demo needs no network'))
  const provider = open?.({ name: 'demo', baseUrl: '', key: undefined, fetch })
  assert.deepEqual(
    (await provider?.list?.(new AbortController().signal))?.map(({ id }) => id),
    ['demo'],
  )
  const answer = await provider?.chat?.('demo').doGenerate(ask('Hello'))
  assert.equal(answer?.finishReason.unified, 'stop')
  assert.equal(
    (await failureFrom(provider?.chat?.('gpt-5').doGenerate(ask('Hello')) ?? assert.fail())).type,
    'unknown-model',
  )
})

test('it says what it is, and repeats what it cannot answer', async () => {
  for (const text of ['Who are you?', 'What are you, really?', 'Are you an AI?'])
    assert.match((await says(text)).text, /demo model/)
  assert.equal((await says('Good morning, sea.')).text, 'The demo model can only repeat this: Good morning, sea.')
  const { text } = await says('', {
    prompt: [
      { role: 'user', content: [{ type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AAAA' } }] },
    ],
  })
  assert.match(text, /One file came with it, which the demo model cannot read/)
})

test('the same is answered the same, in words', async () => {
  const [one, other] = [await says('Good morning'), await says('Good morning')]
  assert.deepEqual(one.parts, other.parts)
  const deltas = one.parts.flatMap((part) => (part.type === 'text-delta' ? [part.delta] : []))
  assert.ok(deltas.length >= 8 && deltas.every((delta) => delta.trim().split(/\s/).length === 1))
})

test('it does sums', async () => {
  const sums: Readonly<Record<string, string | null>> = {
    'What is 12 * (3 + 4)?': '84',
    '0.1+0.2': '0.3',
    'compute -2^2 please': '-4',
    '2 ^ 3 ^ 2': '512',
    '7 % 4 and more': '3',
    'what is 1/0': null,
    '2024-01-02': null,
    'call 555-0100 now': '455',
    '1 +': null,
    '((1+2)': null,
  }
  for (const [text, value] of Object.entries(sums)) {
    const told = (await says(text)).text
    if (value === null) assert.match(told, /only repeat/, text)
    else assert.ok(told.endsWith(` = ${value}`), `${text}: ${told}`)
  }
})

test('it lists its tools, and calls those that are named with their arguments', async () => {
  assert.match(
    (await says('Which tools do you have?', { tools })).text,
    /- get_tide: tells what get_tide tells\n- get_wind/,
  )
  assert.equal((await says('list your tools')).text, 'I was given no tools.')
  const tide = { name: 'get_tide', input: { place: 'Bodø', day: 3 } }
  for (const text of [
    'get_tide({"place":"Bodø","day":3})',
    'Please call get_tide with place="Bodø", day=3.',
    'Use `get_tide` {"place": "Bodø", "day": 3} now',
    'get_tide(place=Bodø, day=3)',
  ]) {
    const { calls, finish, ids } = await says(text, { tools })
    assert.deepEqual(calls, [tide], text)
    assert.equal(finish?.unified, 'tool-calls')
    assert.equal(new Set(ids).size, 1)
  }
  const both = await says('first now() and then get_wind(place=Bodø)', { tools })
  assert.deepEqual(
    both.calls.map(({ name }) => name),
    ['now', 'get_wind'],
  )
  for (const text of ['I like get_tide a lot.', 'get_tidemark(place=x)', 'now is the time', 'call get_tide'])
    assert.deepEqual((await says(text, { tools })).calls, [], text)
})

test('how a tool may be chosen is kept to', async () => {
  const named = 'get_tide(place=Bodø, day=3)'
  assert.deepEqual((await says(named, { tools, toolChoice: { type: 'none' } })).calls, [])
  const forced = await says('anything', { tools, toolChoice: { type: 'tool', toolName: 'get_wind' } })
  assert.deepEqual(forced.calls, [{ name: 'get_wind', input: { place: '' } }])
  const required = await says('anything', { tools, toolChoice: { type: 'required' } })
  assert.deepEqual(required.calls, [{ name: 'get_tide', input: { place: '', day: 0 } }])
  assert.equal((await failureFrom(demo.doGenerate(ask('x', { toolChoice: { type: 'required' } })))).type, 'refused')
})

test('it tells what tools answered, and gives calls of later turns other ids', async () => {
  assert.equal((await says('', { prompt: afterTools, tools })).text, 'get_tide answered: high at 06:14')
  const again: ChatCall['prompt'] = [...afterTools, { role: 'user', content: [{ type: 'text', text: 'now()' }] }]
  const [first, second] = [await says('now()', { tools }), await says('', { prompt: again, tools })]
  assert.notDeepEqual(first.ids, second.ids)
})

const schemas: readonly (readonly [object | boolean, unknown])[] = [
  [{ type: 'object', properties: { a: { type: 'string' }, b: { type: 'number' } }, required: ['a'] }, { a: '' }],
  [{ type: 'string', minLength: 3 }, 'aaa'],
  [{ type: 'string', pattern: '^\\d{4}-\\d{2}$' }, '0000-00'],
  [{ type: 'string', pattern: '^(foo|bar)[A-Z]+x?$' }, 'fooA'],
  [{ type: 'string', format: 'email' }, 'a@example.com'],
  [{ type: 'string', format: 'uuid' }, '00000000-0000-4000-8000-000000000000'],
  [{ enum: ['red', 'green'] }, 'red'],
  [{ const: 7 }, 7],
  [{ type: 'integer', minimum: 5 }, 5],
  [{ type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 }, 0.5],
  [{ type: 'integer', multipleOf: 4, minimum: 5 }, 8],
  [{ type: 'array', items: { type: 'boolean' }, minItems: 2 }, [false, false]],
  [{ type: 'array', prefixItems: [{ type: 'string' }, { type: 'null' }], minItems: 2 }, ['', null]],
  [{ type: 'array', items: { type: 'integer' }, minItems: 3, uniqueItems: true }, [0, 1, 2]],
  [{ anyOf: [{ type: 'object', required: ['k'], properties: { k: { const: 'a' } } }, { type: 'string' }] }, ''],
  [
    {
      allOf: [
        { type: 'object', properties: { a: { const: 1 } }, required: ['a'] },
        { properties: { b: { const: 2 } }, required: ['b'] },
      ],
    },
    { a: 1, b: 2 },
  ],
  [{ type: ['string', 'null'] }, null],
  [{ properties: { a: { $ref: '#/$defs/x' } }, required: ['a'], $defs: { x: { const: true } } }, { a: true }],
  [
    {
      $ref: '#/$defs/tree',
      $defs: {
        tree: {
          type: 'object',
          required: ['left', 'right'],
          properties: {
            left: { anyOf: [{ $ref: '#/$defs/tree' }, { type: 'null' }] },
            right: { anyOf: [{ $ref: '#/$defs/tree' }, { type: 'null' }] },
          },
        },
      },
    },
    { left: null, right: null },
  ],
  [true, null],
]

test('an answer by a schema is the smallest that fits', async () => {
  for (const [schema, value] of schemas) {
    const { text } = await says('anything', { responseFormat: { type: 'json', schema: schema as never } })
    assert.deepEqual(JSON.parse(text), value, JSON.stringify(schema))
  }
  assert.deepEqual(JSON.parse((await says('Hello', { responseFormat: { type: 'json' } })).text), { text: 'Hello' })
})

test('a schema that nothing fits, or nothing small, is refused', async () => {
  const endless = { $ref: '#' }
  const wide = { type: 'array', minItems: 1e9, items: { type: 'string' } }
  const deep = { type: 'object', required: ['a'], properties: { a: { $ref: '#' } } }
  for (const schema of [
    endless,
    wide,
    deep,
    false,
    { type: 'string', minLength: 1e9 },
    { type: 'integer', minimum: 2, maximum: 1 },
    { type: 'string', pattern: '(' },
  ]) {
    const failure = await failureFrom(
      demo.doGenerate(ask('x', { responseFormat: { type: 'json', schema: schema as never } })),
    )
    assert.equal(failure.type, 'refused', JSON.stringify(schema))
  }
})

test('limits are kept to, and use is told', async () => {
  const cut = await says('one two three four five six', { maxOutputTokens: 5 })
  assert.deepEqual([cut.text, cut.finish?.unified], ['The demo model can o', 'length'])
  assert.equal(cut.usage?.outputTokens.total, 6)
  assert.ok((cut.usage?.inputTokens.total ?? 0) > 0)
  const stopped = await says('one END two', { stopSequences: ['END'] })
  assert.deepEqual([stopped.text, stopped.finish?.unified], ['The demo model can only repeat this: one ', 'stop'])
  assert.equal((await failureFrom(demo.doGenerate(ask('x'.repeat(200_000))))).type, 'too-long')
})

test('it stops when nobody waits for it', async () => {
  const call = ask('Hello', { abortSignal: AbortSignal.abort() })
  assert.equal((await failureFrom(demo.doGenerate(call))).type, 'stopped')
  const stop = new AbortController()
  const { stream } = await createDemo({ pause: async () => stop.abort() }).doStream(
    ask('Hello there', { abortSignal: stop.signal }),
  )
  const parts = await Array.fromAsync(stream)
  assert.deepEqual(
    parts.map(({ type }) => type),
    ['stream-start', 'text-start', 'text-delta', 'error'],
  )
})

test('hostile names and texts do no harm', async () => {
  const strange: FunctionTool[] = [{ type: 'function', name: 'a.*(b', inputSchema: { type: 'object' } }]
  assert.deepEqual(
    (await says('a.*(b({"__proto__":{"x":1}})', { tools: strange })).calls.map(({ name }) => name),
    ['a.*(b'],
  )
  assert.equal(({} as { x?: unknown }).x, undefined)
  for (const text of ['9'.repeat(100_000), '('.repeat(50_000), '1+'.repeat(50_000), '{'.repeat(50_000)])
    assert.notEqual((await says(text, { tools })).text, '')
})
