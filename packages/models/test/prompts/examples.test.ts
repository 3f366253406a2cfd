// shows: A6
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Selection, TemplateDefinition, Values } from '@hearth/models'
import { chooseExamples } from '../../src/prompts/choosing.ts'
import { answerRequest } from '../../src/prompts/rendering.ts'

const inputs = [
  'How do I reset my password?',
  'The invoice of May is wrong',
  'My password does not work any more, reset it please',
  'Where is my parcel?',
  '请重置我的密码',
  'Das Passwort ist falsch',
]

const definition = (selection: Selection, tokens = 10): TemplateDefinition => ({
  messages: [
    { role: 'system', content: 'Sort.' },
    { role: 'user', content: '{{ input }}' },
  ],
  variables: [{ name: 'input', type: 'text', required: true }],
  examples: inputs.map((input, index) => ({ input, output: `class ${index}`, tokens })),
  selection,
  model: null,
  options: {},
})

const chosen = (selection: Selection, values: Values, tokens?: number): readonly number[] =>
  chooseExamples(definition(selection, tokens), values).map(({ index }) => index)

test('those whose question is most like the one at hand are chosen, the most alike last', () => {
  const like = (input: string, more: Partial<Selection> = {}) =>
    chosen({ by: 'likeness', as: 'turns', most: 2, input: 'input', ...more }, { input })
  assert.deepEqual(like('reset the password'), [2, 0])
  assert.equal(like('密码').at(-1), 4)
  assert.equal(like('PASSWORT!').at(-1), 5)
  // What is like nothing is answered by the first ones, in a fixed order.
  assert.deepEqual(like('xyzzy'), [1, 0])
  assert.deepEqual(like('a password', { most: 0 }), [])
  assert.deepEqual(like('invoice'), like('invoice'))
  assert.equal(like('', { most: 100 }).length, inputs.length)
})

test('tokens bound them too: what is too long leaves room for what is shorter', () => {
  assert.deepEqual(chosen({ by: 'order', as: 'turns', tokens: 25 }, {}, 10), [0, 1])
  const uneven = { ...definition({ by: 'order', as: 'turns', tokens: 12 }) }
  const examples = uneven.examples.map((one, index) => ({ ...one, tokens: index === 0 ? 50 : 6 }))
  assert.deepEqual(
    chooseExamples({ ...uneven, examples }, {}).map(({ index }) => index),
    [1, 2],
  )
})

test('they stand before the question, or are a variable of the texts', () => {
  const asTurns = answerRequest({
    type: 'render',
    definition: definition({ by: 'order', as: 'turns', most: 1 }),
    values: { input: 'x' },
  })
  assert.deepEqual(asTurns.type === 'rendered' && asTurns.messages.map(({ role, content }) => `${role}: ${content}`), [
    'system: Sort.',
    `user: ${inputs[0]}`,
    'assistant: class 0',
    'user: x',
  ])
  const text = '{% for e in examples %}{{ e.input }} -> {{ e.output }}\n{% endfor %}{{ input }}'
  const asVariable = answerRequest({
    type: 'render',
    definition: {
      ...definition({ by: 'likeness', as: 'variable', most: 1 }),
      messages: [{ role: 'user', content: text }],
    },
    values: { input: 'parcel' },
  })
  assert.deepEqual(asVariable.type === 'rendered' && asVariable.messages.map(({ content }) => content), [
    'Where is my parcel? -> class 3\nparcel',
  ])
})
