// shows: A2
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { boundTextTokens, boundTokens, estimateTextTokens, estimateTokens } from '../../src/catalog/index.ts'
import type { ChatCall } from '../../src/language.ts'

interface Sample {
  readonly name: string
  readonly text: string
  /** What the vocabularies make of it: o200k_base and cl100k_base, counted with gpt-tokenizer. */
  readonly counts: readonly [number, number]
  /** How much more than the first of them may be estimated. */
  readonly most: number
}

const samples: readonly Sample[] = [
  {
    name: 'english',
    text: 'The committee met on Thursday afternoon to discuss whether the old bridge should be repaired or replaced. After three hours of debate, most members agreed that a new one would cost less over thirty years, although nobody could say who would pay for it.',
    counts: [48, 48],
    most: 1.4,
  },
  {
    name: 'german',
    text: 'Der Ausschuss traf sich am Donnerstagnachmittag, um zu besprechen, ob die alte Brücke ausgebessert oder ersetzt werden soll. Nach dreistündiger Auseinandersetzung waren sich die meisten Mitglieder einig, dass ein Neubau auf dreißig Jahre gerechnet günstiger käme.',
    counts: [63, 76],
    most: 1.4,
  },
  {
    name: 'french',
    text: 'La commission s’est réunie jeudi après-midi pour décider si le vieux pont devait être réparé ou remplacé. Après trois heures de débat, la plupart des membres étaient d’avis qu’un nouvel ouvrage coûterait moins cher sur trente ans.',
    counts: [50, 65],
    most: 1.8,
  },
  {
    name: 'russian',
    text: 'Комиссия собралась в четверг днём, чтобы обсудить, следует ли отремонтировать старый мост или построить новый. После трёх часов споров большинство согласилось, что новый обойдётся дешевле.',
    counts: [50, 88],
    most: 2.5,
  },
  {
    name: 'chinese',
    text: '委员会于周四下午开会，讨论旧桥应该修缮还是重建。经过三个小时的辩论，大多数成员认为，从三十年的使用期来看，新建一座桥的费用更低，尽管没有人能说清由谁来支付。',
    counts: [59, 85],
    most: 1.9,
  },
  {
    name: 'japanese',
    text: '委員会は木曜日の午後に集まり、古い橋を修理するか架け替えるかを話し合った。三時間の議論の末、三十年で見れば新しい橋のほうが安くつくという意見が多数を占めた。',
    counts: [66, 91],
    most: 1.8,
  },
  {
    name: 'korean',
    text: '위원회는 목요일 오후에 모여 낡은 다리를 수리할지 새로 지을지 논의했다. 세 시간의 토론 끝에 대부분의 위원은 삼십 년을 놓고 보면 새 다리가 더 싸다는 데 동의했다.',
    counts: [57, 97],
    most: 1.8,
  },
  {
    name: 'arabic',
    text: 'اجتمعت اللجنة بعد ظهر الخميس لمناقشة ما إذا كان ينبغي إصلاح الجسر القديم أو استبداله. وبعد ثلاث ساعات من النقاش اتفق معظم الأعضاء على أن الجسر الجديد سيكون أقل كلفة.',
    counts: [45, 119],
    most: 4.5,
  },
  {
    name: 'hindi',
    text: 'समिति की बैठक गुरुवार की दोपहर हुई, जिसमें यह तय करना था कि पुराने पुल की मरम्मत की जाए या उसे बदला जाए। तीन घंटे की बहस के बाद अधिकतर सदस्य सहमत हुए कि नया पुल सस्ता पड़ेगा।',
    counts: [53, 171],
    most: 6.2,
  },
  {
    name: 'code',
    text: "export function parseDuration(text: string): number | null {\n  const match = /^(\\d+)(ms|s|m|h)$/.exec(text.trim())\n  if (match === null) return null\n  const [, amount = '0', unit = 's'] = match\n  return Number(amount) * (unitsInMs[unit] ?? 1000)\n}\n\nfor (const [index, value] of durations.entries()) {\n  if (value > longestSoFar) longestSoFar = value\n}\n",
    counts: [108, 105],
    most: 1.3,
  },
  {
    name: 'json',
    text: '{"orders":[{"id":"ord_4821","customer":{"name":"Ada Example","vip":true},"lines":[{"sku":"AX-100","quantity":3,"price":19.95},{"sku":"BZ-7","quantity":1,"price":249}],"createdAt":"2026-03-14T09:26:53Z","total":308.85},{"id":"ord_4822","customer":{"name":"Lin Muster","vip":false},"lines":[],"total":0}]}',
    counts: [105, 104],
    most: 1.3,
  },
  {
    name: 'emoji',
    text: 'Great news 🎉🎉 the launch went well 🚀🚀🚀 see you all at the party 🍕🍺👩‍👩‍👧‍👦 and thanks ❤️👍🏽',
    counts: [43, 61],
    most: 1.7,
  },
  {
    name: 'base64',
    text: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQSflKxwRJSMeKKF2QT4fwpMeJf36POk6yJVadQssw5cZb2FzIGxvbmcgYXMgdGhpcw',
    counts: [118, 123],
    most: 1.3,
  },
  {
    name: 'table',
    text: '2026-01-01,17.4,903,0.25\n2026-01-02,16.9,871,0.31\n2026-01-03,18.8,954,0.19\n2026-01-04,15.2,1021,0.44\n2026-01-05,14.7,998,0.40\n',
    counts: [86, 86],
    most: 1.2,
  },
]

describe('an estimate of tokens', () => {
  for (const { name, text, counts, most } of samples)
    it(`is at least what two vocabularies need, and not much more: ${name}`, () => {
      const bounds = boundTextTokens(text)
      assert.ok(bounds.most >= Math.max(...counts), `${bounds.most} for ${counts.join(', ')}`)
      assert.ok(bounds.most <= counts[0] * most, `${bounds.most} for ${counts[0]}`)
      assert.ok(bounds.least <= Math.min(...counts), `${bounds.least} for ${counts.join(', ')}`)
      assert.ok(bounds.least > 0)
    })

  it('is nothing for nothing, and grows with the text', () => {
    assert.equal(estimateTextTokens(''), 0)
    let former = 0
    for (const { text } of samples) {
      const one = estimateTextTokens(text)
      assert.ok(estimateTextTokens(text + text) > one * 1.9)
      former += one
    }
    assert.ok(estimateTextTokens(samples.map(({ text }) => text).join('\n')) >= former * 0.95)
  })

  it('takes any text: halves of pairs, control characters, long runs', () => {
    for (const text of [
      '\ud800'.repeat(1000),
      '\u0000'.repeat(1000),
      'x'.repeat(100_000),
      ' '.repeat(100_000),
      '=-'.repeat(1000),
    ]) {
      const { least, most } = boundTextTokens(text)
      assert.ok(least <= most && most > 0 && most <= text.length * 3)
    }
  })
})

const call = (content: ChatCall['prompt'][number], more: Partial<ChatCall> = {}): ChatCall => ({
  prompt: [content],
  ...more,
})
const text = 'word '.repeat(1000)
const withFile = (mediaType: string, data: unknown): ChatCall =>
  call({ role: 'user', content: [{ type: 'file', mediaType, data } as never] })

describe('an estimate for a call', () => {
  it('counts everything that is said in it, wherever it stands', () => {
    const alone = estimateTextTokens(text)
    const calls: readonly ChatCall[] = [
      call({ role: 'system', content: text }),
      call({ role: 'user', content: [{ type: 'text', text }] }),
      call({ role: 'assistant', content: [{ type: 'reasoning', text }] }),
      call({ role: 'assistant', content: [{ type: 'tool-call', toolCallId: '1', toolName: 'x', input: { text } }] }),
      call({
        role: 'tool',
        content: [{ type: 'tool-result', toolCallId: '1', toolName: 'x', output: { type: 'text', value: text } }],
      }),
      call({
        role: 'tool',
        content: [{ type: 'tool-result', toolCallId: '1', toolName: 'x', output: { type: 'json', value: [text] } }],
      }),
      call({
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: '1',
            toolName: 'x',
            output: { type: 'content', value: [{ type: 'text', text }] },
          },
        ],
      }),
      withFile('text/plain', { type: 'text', text }),
      { prompt: [], tools: [{ type: 'function', name: 'x', description: text, inputSchema: { type: 'object' } }] },
      { prompt: [], responseFormat: { type: 'json', schema: { type: 'object', description: text } } },
    ]
    for (const one of calls) {
      const { least, most } = boundTokens(one)
      assert.ok(most >= alone && most < alone + 600, JSON.stringify(one).slice(0, 100))
      assert.ok(least > alone * 0.4 && least < most)
      assert.equal(estimateTokens(one), most)
    }
  })

  it('counts what providers put around each message', () => {
    const message = { role: 'system', content: '' } as const
    const of = (count: number): number => estimateTokens({ prompt: Array.from({ length: count }, () => message) })
    assert.equal(of(11) - of(1), 50)
  })

  it('counts what is not text by a fixed amount', () => {
    const bare = estimateTokens(withFile('text/plain', { type: 'text', text: '' }))
    const of = (mediaType: string, data: unknown): number => estimateTokens(withFile(mediaType, data)) - bare
    const url = { type: 'url', url: new URL('https://example.com/x') }
    assert.equal(of('image/png', url), 1600)
    assert.equal(of('image', { type: 'data', data: new Uint8Array(5_000_000) }), 1600)
    assert.equal(of('application/pdf', { type: 'data', data: new Uint8Array(100_000) }), 15_000)
    assert.equal(of('application/pdf', { type: 'data', data: 'A'.repeat(133_336) }), 15_001)
    assert.equal(of('application/pdf', url), 30_000)
    assert.equal(of('audio/mp3', { type: 'data', data: new Uint8Array(80_000) }), 420)
    assert.equal(of('text/csv', { type: 'data', data: new Uint8Array(1000) }), 600)
    assert.equal(boundTokens(withFile('image/png', url)).least, 0)
  })
})
