// shows: A1
import assert from 'node:assert/strict'
import { pathToFileURL } from 'node:url'
import { before, test } from 'node:test'
import { ModelError } from '../../../src/failure.ts'
import { askOf } from '../../../src/providers/gguf/asking.ts'
import { Grammar, ruleOf } from '../../../src/providers/gguf/grammar.ts'
import type { Library, Llama } from '../../../src/providers/gguf/child/llama.ts'
import { ask } from '../conformance/answer.ts'
import { tools } from '../conformance/canon.ts'
import { library, skip } from './real-model.ts'

const textOf = (schema: unknown): string => {
  const grammar = new Grammar()
  return grammar.text(ruleOf(grammar, schema))
}

let llama: Llama
before(async () => {
  if (skip !== false) return
  const { getLlama } = (await import(pathToFileURL(library).href)) as Library
  llama = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: 'error',
    maxThreads: 1,
    logger: () => undefined,
  })
})

const string = { type: 'string' }
const tree = {
  type: 'object',
  properties: { value: { type: 'number' }, children: { type: 'array', items: { $ref: '#' } } },
  required: ['value'],
}
const pair = (required: readonly string[]) => ({
  type: 'object',
  properties: { a: string, b: { type: 'integer' }, c: { type: 'boolean' } },
  required,
  additionalProperties: false,
})

/** Schemas, texts that they let through, and texts that they do not. */
const cases: readonly (readonly [unknown, readonly string[], readonly string[]])[] = [
  [string, ['""', '"a"', '"\\u00e9\\n\\""', '"高潮"'], ['a', '"', '"\n"', '"\\x"', '""a']],
  [{ type: 'string', minLength: 2, maxLength: 3 }, ['"ab"', '"\\n\\n\\n"'], ['"a"', '"abcd"']],
  [{ type: 'integer' }, ['0', '-12'], ['01', '1.5', '1e3', '-']],
  [{ type: 'number' }, ['0', '-1.5', '1e-3'], ['.5', '1.', '+1']],
  [{ type: ['boolean', 'null'] }, ['true', 'null'], ['1', 'nul']],
  [{ enum: ['a"b', 1, null, { x: 1 }] }, ['"a\\"b"', '1', 'null', '{"x":1}'], ['"a"', '2']],
  [{ const: 'é\\' }, ['"é\\\\"'], ['"e"']],
  [{ anyOf: [string, { type: 'null' }] }, ['"a"', 'null'], ['1']],
  [{ type: 'array', items: string }, ['[]', '["a"]', '["a", "b"]'], ['[1]', '["a",]']],
  [
    { type: 'array', items: string, minItems: 2, maxItems: 3 },
    ['["a","b"]', '["a","b","c"]'],
    ['["a"]', '["a","b","c","d"]'],
  ],
  [{ type: 'array', items: string, maxItems: 0 }, ['[]'], ['["a"]']],
  [{ type: 'array', prefixItems: [string, { type: 'integer' }] }, ['["a",1]'], ['[1,"a"]', '["a"]']],
  [pair(['a', 'b', 'c']), ['{"a":"x","b":1,"c":true}'], ['{"a":"x","b":1}', '{"b":1,"a":"x","c":true}', '{}']],
  [
    pair([]),
    ['{}', '{"a":"x"}', '{"c":true}', '{"a":"x","c":true}', '{"b":1,"c":true}'],
    ['{"a":"x",}', '{,"c":true}', '{"d":1}'],
  ],
  [pair(['b']), ['{"b":1}', '{"a":"x","b":1}', '{"b":1,"c":true}'], ['{}', '{"a":"x"}', '{"a":"x","c":true}']],
  [
    pair(['c']),
    ['{"c":true}', '{"a":"x","c":true}', '{"b":1,"c":true}', '{"a":"","b":1,"c":false}'],
    ['{}', '{"b":1}'],
  ],
  [{ type: 'object', additionalProperties: { type: 'integer' } }, ['{}', '{"x":1,"y":2}'], ['{"x":"1"}']],
  [{ type: 'object', additionalProperties: false }, ['{}'], ['{"x":1}']],
  [{ type: 'object' }, ['{}', '{"x":[1,{"y":null}]}'], ['[]', '{x:1}']],
  [{ type: 'object', propertyNames: { type: 'string' }, additionalProperties: string }, ['{"x":"y"}'], ['{"x":1}']],
  [{}, ['1', '"a"', '[1, {}]'], ['nothing']],
  [
    tree,
    ['{"value":1}', '{"value":1,"children":[{"value":2,"children":[]}]}'],
    ['{"children":[]}', '{"value":1,"children":[1]}'],
  ],
  [{ $ref: '#/$defs/a%20b', $defs: { 'a b': string } }, ['"x"'], ['1']],
  [{ allOf: [{ $ref: '#/$defs/a' }], $defs: { a: string }, description: 'as some libraries write it' }, ['"x"'], ['1']],
  [{ allOf: [pair(['a']), { properties: { d: string }, required: ['d'] }] }, ['{"a":"x","d":"y"}'], ['{"a":"x"}']],
]

test('a grammar lets through what its schema does, and nothing else', { skip }, async () => {
  for (const [schema, taken, refused] of cases) {
    const grammar = await llama.createGrammar({ grammar: textOf(schema) })
    const takes = (text: string): boolean => (grammar as { _testText(text: string): boolean })._testText(text)
    for (const text of taken) assert.equal(takes(text), true, `${JSON.stringify(schema)} takes ${text}`)
    for (const text of refused) assert.equal(takes(text), false, `${JSON.stringify(schema)} refuses ${text}`)
  }
})

const takes = async (grammar: string, text: string): Promise<boolean> =>
  ((await llama.createGrammar({ grammar })) as { _testText(text: string): boolean })._testText(text)

const call = '{"name": "get_tide", "arguments": {"place":"Oslo","day":3}}'
const ended = `\n${call}\n</tool_call>`

test('calls have the form that their mark begins, and an answer by a schema may be calls', { skip }, async () => {
  const question = ask('How is the sea?', { tools })
  const free = askOf(question)
  assert.equal(free.grammar, undefined)
  const some = free.calls?.grammar ?? ''
  assert.equal(await takes(some, ended), true)
  assert.equal(await takes(some, `${ended}\n<tool_call>${ended}`), true)
  assert.equal(await takes(some, call), false)
  assert.equal(await takes(some, ended.replace('get_tide', 'nobody')), false)
  const single = askOf({ ...question, providerOptions: { openai: { parallelToolCalls: false } } }).calls?.grammar ?? ''
  assert.deepEqual([await takes(single, ended), await takes(single, `${ended}\n<tool_call>${ended}`)], [true, false])
  const forced = askOf({ ...question, toolChoice: { type: 'required' } }).calls?.grammar ?? ''
  assert.deepEqual([await takes(forced, call), await takes(forced, ended)], [true, false])
  const schema = { type: 'object', properties: { a: string }, required: ['a'] } as const
  const bound = askOf({ ...question, responseFormat: { type: 'json', schema } }).grammar ?? ''
  for (const text of ['{"a":"x"}', `<tool_call>${ended}`]) assert.equal(await takes(bound, text), true, text)
  for (const text of ['{}', 'text', ended]) assert.equal(await takes(bound, text), false, text)
})

test('a tool whose schema no grammar holds is called with an object, unless it is strict', { skip }, async () => {
  const inputSchema = { type: 'object', patternProperties: { '^a': string } } as const
  const tool = { type: 'function', name: 'odd', inputSchema } as const
  const { calls } = askOf(ask('Hi', { tools: [tool], toolChoice: { type: 'required' } }))
  assert.equal(await takes(calls?.grammar ?? '', '{"name": "odd", "arguments": {"any":[1]}}'), true)
  assert.throws(() => askOf(ask('Hi', { tools: [{ ...tool, strict: true }] })), ModelError)
})

test('what no grammar holds is refused, and so is what is no schema', () => {
  const nested = (deep: number): unknown => (deep === 0 ? string : { type: 'array', items: nested(deep - 1) })
  const refused: readonly unknown[] = [
    { not: string },
    { type: 'object', patternProperties: { a: string } },
    { if: string },
    { type: 'array', contains: string },
    { type: 'nonsense' },
    { anyOf: [] },
    { enum: [] },
    { type: 'string', minLength: 5, maxLength: 2 },
    { type: 'string', minLength: 1e6 },
    { $ref: '#/$defs/absent' },
    { $ref: '#/%' },
    { $ref: 'https://elsewhere.example/schema' },
    { type: 'object', required: ['a'], properties: { b: string } },
    { allOf: [{ anyOf: [string] }, string] },
    { enum: ['x'.repeat(300_000)] },
    nested(100),
    { items: 7 },
    7,
    null,
  ]
  for (const schema of refused)
    assert.throws(
      () => textOf(schema),
      (error) => error instanceof ModelError && error.failure.type === 'refused',
      JSON.stringify(schema)?.slice(0, 100),
    )
})

test('a schema of many types in many is refused before it has grown', () => {
  let schema: object = { type: ['string', 'number'] }
  for (let deep = 0; deep < 38; deep += 1)
    schema = { type: ['object', 'array'], items: schema, properties: { a: schema }, required: ['a'] }
  assert.throws(() => textOf(schema), ModelError)
})
