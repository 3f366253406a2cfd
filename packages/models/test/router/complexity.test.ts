// shows: A2
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ChatCall } from '../../src/language.ts'
import { complexityOf } from '../../src/router/index.ts'
import { saying } from './candidates.ts'

const of = (text: string, more: Partial<ChatCall> = {}): ReturnType<typeof complexityOf> =>
  complexityOf(saying(text, more))
const reasons = (text: string, more: Partial<ChatCall> = {}): readonly string[] =>
  of(text, more).reasons.map(({ type }) => type)
const tool = { type: 'function', name: 'look', inputSchema: { type: 'object' } } as const

describe('how hard a call looks', () => {
  it('is not at all for small talk', () => {
    for (const text of ['Hi!', 'What is the capital of France?', 'Danke, bis morgen.', '今天天气怎么样？', ''])
      assert.deepEqual(of(text), { score: 0, reasons: [], task: 'chat' }, text)
  })

  it('says by what', () => {
    assert.deepEqual(reasons('What is it? Who made it? Why?'), ['questions'])
    assert.deepEqual(reasons('It must be exactly ten lines, without rhymes.'), ['demands'])
    assert.deepEqual(reasons('Tell me:\n- who\n- when\n- where'), ['demands'])
    assert.deepEqual(reasons('Compare both and justify your answer.'), ['analysis'])
    assert.deepEqual(reasons('Vergleiche beide.'), ['analysis'])
    assert.deepEqual(reasons('请比较这两个城市'), ['analysis'])
    assert.deepEqual(reasons('Prove that it converges.'), ['mathematics'])
    assert.deepEqual(reasons('What is ∫ x dx'), ['mathematics'])
    assert.deepEqual(reasons('Fix this:\n```\nx\n```'), ['code'])
    assert.deepEqual(reasons('const total = 5;\n'), ['code'])
    assert.deepEqual(reasons('Hello', { tools: [tool] }), ['tools'])
    assert.deepEqual(reasons('Hello', { responseFormat: { type: 'json' } }), ['schema'])
    assert.deepEqual(reasons('Hello', { reasoning: 'max' }), ['reasoning'])
    assert.deepEqual(reasons('Translate this: доброе утро'), ['languages'])
    assert.deepEqual(reasons('so '.repeat(700)), ['length'])
  })

  it('grows with every sign, and never beyond one', () => {
    const easy = of('Compare both.')
    const harder = of('Compare both. They must scale, without exactly one of them. Why? How?')
    const hardest = of(`${'Compare, prove, must exactly never? '.repeat(50)}\n\`\`\`\n∫`.repeat(500), {
      reasoning: 'max',
      tools: Array.from({ length: 30 }, () => tool),
      responseFormat: { type: 'json' },
    })
    assert.ok(easy.score > 0 && harder.score > easy.score && hardest.score > 0.9 && hardest.score <= 1)
    for (const { score, reasons: why } of [easy, harder, hardest]) {
      const sum = why.reduce((all, { adds }) => all + adds, 0)
      assert.ok(Math.abs(score - Math.min(1, sum)) < 1e-9)
    }
  })

  it('looks at the words of the last thing that a person said, and of it at both ends', () => {
    const former = { role: 'user', content: [{ type: 'text', text: 'Prove it.' }] } as const
    const last = { role: 'user', content: [{ type: 'text', text: 'Thanks!' }] } as const
    assert.deepEqual(complexityOf({ prompt: [former, last] as unknown as ChatCall['prompt'] }).reasons, [])
    const padding = 'so '.repeat(20_000)
    assert.ok(reasons(`${padding}Prove it.`).includes('mathematics'))
    assert.ok(reasons(`Prove it. ${padding}`).includes('mathematics'))
    assert.ok(!reasons(`${padding}Prove it. ${padding}`).includes('mathematics'))
  })

  it('names the class of tasks that it looks like', () => {
    assert.equal(of('Prove the theorem.').task, 'mathematics')
    assert.equal(of('Fix `a`:\n```\na\n```').task, 'code')
    assert.equal(of('Who signed?', { responseFormat: { type: 'json' } }).task, 'extraction')
    assert.equal(of('Book it.', { tools: [tool] }).task, 'tools')
  })

  it('is the same for the same call', () => {
    const text = 'Compare PostgreSQL and MySQL. Which must we choose, and why?'
    assert.deepEqual(of(text), of(text))
  })

  // A pattern that goes back and forth over a text like these would take minutes: the test would not end.
  it('takes no longer for what was made to take long', () => {
    for (const unit of ['\n', ' ', '\n ', '{ ', '; ', '1 ^', '<', 'select ', 'function a ', '- ', '?', 'must ', '`'])
      assert.ok(of(unit.repeat(300_000)).score >= 0)
  })
})
