// shows: A6
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createRenderer, type RenderReply, type TemplateDefinition, type Values } from '@hearth/models'

const renderer = createRenderer()
after(() => renderer[Symbol.asyncDispose]())
const { signal } = new AbortController()

const definition = (content: string, more: Partial<TemplateDefinition> = {}): TemplateDefinition => ({
  messages: [{ role: 'user', content }],
  variables: [],
  examples: [],
  selection: { by: 'order', as: 'turns' },
  model: null,
  options: {},
  ...more,
})

const render = (content: string, values: Values = {}, more: Partial<TemplateDefinition> = {}): Promise<RenderReply> =>
  renderer.ask({ type: 'render', definition: definition(content, more), values }, signal)

async function textOf(content: string, values: Values = {}): Promise<string> {
  const reply = await render(content, values)
  assert.equal(reply.type, 'rendered', JSON.stringify(reply))
  return reply.type === 'rendered' ? reply.messages.map((message) => message.content).join('|') : ''
}

async function failureOf(content: string, values: Values = {}): Promise<string> {
  const reply = await render(content, values)
  return reply.type === 'failed' ? `${reply.why}: ${reply.detail}` : reply.type
}

test('variables, conditions, loops, filters, macros and what is set', async () => {
  const values = { name: 'Ann', items: ['a', 'b'], deep: { er: [1, { x: 'y' }] }, yes: true }
  for (const [template, expected] of [
    ['Hello {{ name }}', 'Hello Ann'],
    ['{% if yes %}yes{% else %}no{% endif %}', 'yes'],
    ['{% for i in items %}{{ loop.index }}{{ i }} {% endfor %}', '1a 2b '],
    ['{{ deep.er[1].x | upper }} {{ missing | default("none") }}', 'Y none'],
    ['{% macro tag(t) %}<{{ t }}>{% endmacro %}{{ tag("b") }}', '<b>'],
    ['{% set x = items | join("+") %}{{ x }}', 'a+b'],
    ['{{ range(3) | join }}{{ range(5, 1, -2) | join }}', '01253'],
    ['a\n{% if yes %}\nb\n{% endif %}\nc', 'a\nb\nc'],
  ] as const)
    assert.equal(await textOf(template, values), expected, template)
})

test('what a variable holds is never read as a template', async () => {
  assert.equal(await textOf('{{ said }}', { said: '{{ range(3) }}{% raw' }), '{{ range(3) }}{% raw')
})

test('nothing of the language around it is reached', async () => {
  const names = ['__proto__', 'constructor', 'prototype', '__class__', 'toString', 'valueOf', '__defineGetter__']
  const values: Values = { text: 'x', list: [1], object: { a: 1 }, number: 1 }
  for (const name of names)
    for (const value of [...Object.keys(values), 'range', 'namespace', 'none', 'loop'])
      for (const template of [`{{ ${value}.${name} is defined }}`, `{{ ${value}["${name}"] is defined }}`]) {
        const reply = await render(template, values)
        const said = reply.type === 'rendered' ? reply.messages[0]?.content : reply.type
        assert.ok(said === 'false' || said === 'failed', `${template}: ${said}`)
      }
  assert.match(await failureOf('{{ range.constructor("return process")() }}'), /^failed/)
  for (const name of ['process', 'require', 'globalThis', 'import', 'self', 'cycler', 'strftime_now'])
    assert.equal(await textOf(`{{ ${name} is defined }}`), 'false', name)
  const own = JSON.parse('{"o": {"__proto__": {"x": 1}, "a": 2}}') as Values
  assert.equal(await textOf('{{ o.x is defined }}{{ o.a }}{{ o["__proto__"].x }}', own), 'false21')
})

const doubled = (times: number): string =>
  `{% set ns = namespace(s="0123456789") %}{% for i in range(${times}) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}`

test('what takes too much ends, and the next is rendered as if nothing had been', async () => {
  const hostile: Readonly<Record<string, string>> = {
    'loops in loops':
      '{% for a in range(20000) %}{% for b in range(20000) %}{% for c in range(20000) %}x{% endfor %}{% endfor %}{% endfor %}',
    'an endless range': '{{ range(1000000000000) }}',
    'a text that doubles': `${doubled(60)}{{ ns.s }}`,
    'a list that doubles':
      '{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = ns.l + ns.l %}{% endfor %}',
    'a list of lists of lists':
      '{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}',
    'the same, compared with a text':
      '{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l == "1" }}',
    'something that holds itself': '{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}',
    'an indentation as wide as the world': '{{ {"a": [1]} | tojson(indent=100000000) }}',
    'each letter replaced by a book': `${doubled(15)}{{ ns.s | replace("", ns.s) }}`,
    'memory beyond all heaps': `${doubled(15)}{{ range(900) | join(ns.s) }}`,
    'a macro that calls itself': '{% macro f(g) %}{{ g(g) }}{% endmacro %}{{ f(f) }}',
    'many messages that are long each': `${doubled(16)}{{ ns.s }}{{ ns.s }}`,
  }
  for (const [what, template] of Object.entries(hostile)) {
    assert.match(await failureOf(template), /^too-much: /, what)
    assert.equal(await textOf('well'), 'well', what)
  }
})

test('what cannot be read says so, and where', async () => {
  for (const template of [
    '{% for x in y %}',
    '{{ "abc',
    '{# abc',
    '{% nonsense %}',
    '{{ a b }}',
    `{{ ${'('.repeat(30_000)} }}`,
  ]) {
    const reply = await renderer.ask({ type: 'check', texts: ['fine', template] }, signal)
    assert.ok(reply.type === 'failed' && reply.why === 'invalid' && reply.index === 1, template.slice(0, 40))
  }
  assert.equal(await failureOf('{{ raise_exception("no name was given") }}'), 'failed: no name was given')
})

test('the variables that texts ask for are found, and those that they make themselves are not', async () => {
  const text = `{{ a }}{{ b.c[d] }}{% for e in f if e.g %}{{ e }}{{ loop.index }}{% endfor %}{% set h, i = j %}{{ h ~ i }}
    {% macro k(l, m=n) %}{{ l }}{{ m }}{% endmacro %}{{ k(l=o) }}{{ p | default(q) }}{% if r is defined %}{{ r }}{% endif %}
    {{ s | join(t) }}{{ {"u": v} }}{{ w is divisibleby }}{{ not x and y or z in [aa, (bb, cc)] }}{{ dd[ee:ff] }}`
  const reply = await renderer.ask({ type: 'check', texts: [text] }, signal)
  assert.equal(reply.type, 'checked')
  const mentions = reply.type === 'checked' ? reply.mentions : []
  assert.equal(mentions.map(({ name }) => name).join(' '), 'a b d f j n o p q r s t v w x y z aa bb cc dd ee ff')
  assert.deepEqual(
    mentions.filter(({ lenient }) => lenient).map(({ name }) => name),
    ['p', 'r'],
  )
})

test('answers are held against what is expected, whatever is expected', async () => {
  const faults = async (answer: string, ...expectations: readonly object[]) => {
    const reply = await renderer.ask({ type: 'judge', answer, expectations } as never, signal)
    return reply.type === 'judged' ? reply.faults.length : reply
  }
  const schema = {
    type: 'object',
    properties: { n: { type: 'integer' } },
    required: ['n'],
    additionalProperties: false,
  }
  assert.equal(await faults(' yes\n', { type: 'equals', text: 'yes' }, { type: 'contains', text: 'ye' }), 0)
  assert.equal(await faults('yes', { type: 'equals', text: 'no' }, { type: 'contains', text: 'no' }), 2)
  assert.equal(await faults('42 apples', { type: 'matches', pattern: '^\\d+ \\p{L}+$' }), 0)
  assert.equal(await faults('apples', { type: 'matches', pattern: '^\\d' }, { type: 'matches', pattern: '(' }), 2)
  assert.equal(await faults('{"n": 4}', { type: 'schema', schema }), 0)
  for (const answer of ['{"n": 4.5}', '{"n": 4, "m": 1}', '{}', '[]', 'no JSON'])
    assert.equal(await faults(answer, { type: 'schema', schema }), 1, answer)
  assert.equal(await faults('{}', { type: 'schema', schema: { type: 'nonsense' } }), 1)
  const endless = await faults(`${'a'.repeat(40)}!`, { type: 'matches', pattern: '^(a+)+$' })
  assert.deepEqual(endless, { type: 'failed', why: 'too-much', detail: 'it takes too long' })
})

test('what nobody waits for is not gone on with', async () => {
  const left = new AbortController()
  const asking = renderer.ask({ type: 'render', definition: definition('late'), values: {} }, left.signal)
  left.abort()
  assert.equal((await asking).type, 'failed')
  assert.equal(await textOf('well'), 'well')
})
