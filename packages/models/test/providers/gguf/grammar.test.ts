// shows: A1
import assert from 'node:assert/strict'
import { pathToFileURL } from 'node:url'
import { before, test } from 'node:test'
import { ModelError } from '../../../src/failure.ts'
import { Grammar, ruleOf } from '../../../src/providers/gguf/grammar.ts'
import type { Library, Llama } from '../../../src/providers/gguf/child/llama.ts'
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
