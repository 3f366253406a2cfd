import assert from 'node:assert/strict'
import { ask, eachSplit, eachWay, type Told } from './answer.ts'
import * as canon from './canon.ts'
import { casesOf, type ProviderCase } from './case.ts'
import { expectedOf, type ExpectedCounts } from './expected.ts'

const counts = ({ usage }: Told) => ({
  input: usage?.inputTokens.total,
  fresh: usage?.inputTokens.noCache,
  cached: usage?.inputTokens.cacheRead ?? 0,
  output: usage?.outputTokens.total,
})

const looksLikeText =
  (expected: ExpectedCounts) =>
  (told: Told, way: string): void => {
    assert.equal(told.text, canon.text, way)
    assert.deepEqual(told.calls, [], way)
    assert.equal(told.finish?.unified, 'stop', way)
    assert.deepEqual(counts(told), expected, way)
  }

const chatting = casesOf('answers', ['chat'], {
  'a text comes as it was written, whole, in pieces and however it is cut': (tried) =>
    eachWay(tried, 'text', ask('When is high tide?'), looksLikeText(expectedOf(tried.subject).textCounts)),
  'a text survives being cut in two anywhere': (tried) =>
    eachSplit(tried, 'text', ask('When is high tide?'), looksLikeText(expectedOf(tried.subject).textCounts)),
  'an answer that is cut off by its length says so': (tried) =>
    eachWay(tried, 'length', ask('When is high tide?', { maxOutputTokens: 4 }), (told, way) => {
      assert.equal(told.text, canon.cutText, way)
      assert.equal(told.finish?.unified, 'length', way)
    }),
})

const filtering = casesOf('answers', ['filtered'], {
  'an answer that a filter stops says so': (tried) =>
    eachWay(tried, 'filtered', ask('When is high tide?'), (told, way) => {
      assert.equal(told.text, 'High tide', way)
      assert.equal(told.finish?.unified, 'content-filter', way)
    }),
})

const withTools = casesOf('answers', ['tools'], {
  'several calls come with their names and inputs, in order and under ids of their own': (tried) =>
    eachWay(tried, 'tools', ask('How is the sea?', { tools: canon.tools }), (told, way) => {
      assert.deepEqual(told.calls, expectedOf(tried.subject).calls, way)
      assert.equal(told.finish?.unified, 'tool-calls', way)
      assert.equal(new Set(told.ids).size, told.calls.length, way)
      assert.equal(told.text, '', way)
    }),
  'inputs of calls survive being cut in two anywhere': (tried) =>
    eachSplit(tried, 'tools', ask('How is the sea?', { tools: canon.tools }), (told, way) =>
      assert.deepEqual(told.calls, expectedOf(tried.subject).calls, way),
    ),
  'a call of a tool without arguments is a call with an empty object': (tried) =>
    eachWay(tried, 'bare-tool', ask('What time is it?', { tools: canon.tools }), (told, way) => {
      assert.deepEqual(told.calls, [{ name: 'now', input: {} }], way)
      assert.equal(told.parts.filter(({ type }) => type.startsWith('text')).length, 0, way)
    }),
})

const structured = casesOf('answers', ['structured-output'], {
  'an answer by a schema is its text': (tried) =>
    eachWay(
      tried,
      'structured',
      ask('Who?', { responseFormat: { type: 'json', name: 'person', schema: canon.personSchema as never } }),
      (told, way) => {
        assert.equal(told.text, expectedOf(tried.subject).person, way)
        assert.equal(told.finish?.unified, 'stop', way)
      },
    ),
})

const reasoning = casesOf('answers', ['reasoning'], {
  'what was thought comes apart from what is said, and before it': (tried) =>
    eachWay(tried, 'reasoning', ask('Which day?', { reasoning: 'medium' }), (told, way) => {
      assert.deepEqual([told.reasoning, told.text], [canon.reasoning, canon.afterReasoning], way)
      const order = told.parts.filter(({ type }) => type.endsWith('-delta')).map(({ type }) => type)
      assert.deepEqual(order, [...order].toSorted(), way)
      assert.equal(told.finish?.unified, 'stop', way)
    }),
})

const counted = [
  ...casesOf('usage', ['cached-count'], {
    'what was read from a cache is counted, within the whole': (tried) =>
      eachWay(tried, 'usage', ask('Which day?'), (told, way) =>
        assert.deepEqual(counts(told), expectedOf(tried.subject).usageCounts, way),
      ),
  }),
  ...casesOf('usage', ['reasoning-count'], {
    'what was thought is counted, within the whole': (tried) =>
      eachWay(tried, 'usage', ask('Which day?'), ({ usage }, way) =>
        assert.deepEqual([usage?.outputTokens.reasoning, usage?.outputTokens.text], [64, 32], way),
      ),
  }),
]

interface LogProbability {
  readonly token: string
  readonly logprob: number
  readonly top_logprobs: readonly { readonly token: string; readonly logprob: number }[]
}

const logProbabilities = casesOf('answers', ['log-probabilities'], {
  'log-probabilities come with the answer, token by token': (tried) =>
    eachWay(
      tried,
      'log-probabilities',
      ask('Which day?', { providerOptions: { openai: { logprobs: 2 } } }),
      ({ text, metadata }, way) => {
        // Responses tell them by the block of text that they belong to.
        const all = (metadata?.['openai']?.['logprobs'] as unknown as readonly unknown[]).flat() as LogProbability[]
        assert.equal(all.map(({ token }) => token).join(''), text, way)
        assert.deepEqual(
          // Where it comes whole, llama.cpp counts the end among its tokens.
          all
            .filter(({ token }) => token !== '')
            .map(({ logprob, top_logprobs: top }) => [logprob, top.length, top[1]?.token]),
          expectedOf(tried.subject).probabilities,
          way,
        )
      },
    ),
})

/** What comes of an answer. */
export const answerCases: readonly ProviderCase[] = [
  ...chatting,
  ...filtering,
  ...withTools,
  ...structured,
  ...reasoning,
  ...counted,
  ...logProbabilities,
]
