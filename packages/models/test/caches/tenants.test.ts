// shows: A5
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CacheSetting, CachesSet, CacheUse } from '../../src/caches/setting.ts'
import type { Asker } from '../../src/gateway/exchange.ts'
import { seeded } from '../catalog/seeded.ts'
import { anthropicMessages } from '../../src/wire/anthropic-messages/protocol.ts'
import { openaiChat } from '../../src/wire/openai-chat/protocol.ts'
import { openaiResponses } from '../../src/wire/openai-responses/protocol.ts'
import type { WireProtocol } from '../../src/wire/protocol.ts'
import { cacheGround, question, type CacheGround } from './ground.ts'

const tenants = ['a', 'a\n', 'b', 'tenant', '__proto__']
const homes = ['ann', 'home', 'ann\u0000key']
const kinds = ['key', 'member', 'home']
const ids = ['1', 'ann', 'key', 'tenant']
const texts = ['What is the time?', 'Who are you?', 'Where is the sea?']
/** The same question at every door, whole and as a stream. */
const doors: readonly (readonly [WireProtocol, (text: string) => Record<string, unknown>])[] = [
  [openaiChat, (text) => ({ max_tokens: 9, messages: [{ role: 'user', content: text }] })],
  [openaiResponses, (text) => ({ max_output_tokens: 9, input: text })],
  [anthropicMessages, (text) => ({ max_tokens: 9, messages: [{ role: 'user', content: text }] })],
]
const settings: readonly (CacheSetting | null)[] = [
  null,
  {},
  { scope: 'home' },
  { scope: 'tenant' },
  { scope: 'tenant', semantic: { threshold: 0.7 } },
  { when: 'asked', scope: 'home' },
]

/** Whom an answer may be told to that one asker was given, at the widest that was ever set. */
const sameWithin = (scope: CacheSetting['scope'], one: Asker, other: Asker): boolean =>
  one.tenant === other.tenant &&
  (scope === 'tenant' ||
    (one.home === other.home && (scope === 'home' || (one.kind === other.kind && one.id === other.id))))

for (const seed of [1, 2, 3, 4])
  test(`whatever is asked by whom, set and told between processes, nobody is told what was not for them (${seed})`, async () => {
    const random = seeded(seed)
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
    const sets = new Map<string, CachesSet>()
    const processes = [0, 1_000_000].map((before) => cacheGround({ sets: (tenant) => sets.get(tenant), before }))
    const heard = [0, 0]
    const madeFor = new Map<string, readonly [asker: Asker, question: string]>()
    let hits = 0
    for (let turn = 0; turn < 350; turn += 1) {
      if (random() < 0.03) {
        const tenant = pick(tenants)
        sets.set(tenant, { setting: pick(settings), version: (sets.get(tenant)?.version ?? 0) + 1 })
      }
      const at = random() < 0.5 ? 0 : 1
      const own = processes[at] as CacheGround
      const other = processes[1 - at] as CacheGround
      if (random() < 0.2) {
        own.gateway.absorb(structuredClone(other.shared.slice(heard[at])))
        heard[at] = other.shared.length
      }
      const asker = { tenant: pick(tenants), home: pick(homes), kind: pick(kinds), id: pick(ids) }
      const use = pick<CacheUse | undefined>([undefined, undefined, 'use', 'refresh', 'off'])
      const [wire, asking] = pick(doors)
      const stream = random() < 0.3 ? { stream: true } : {}
      const asked = pick(texts)
      const { text, cache } = await own.ask(asker, { temperature: 0, ...asking(asked), ...stream }, use, { wire })
      if (cache === 'miss' || cache === 'off') {
        madeFor.set(text, [asker, asked])
        continue
      }
      hits += 1
      const scope = sets.get(asker.tenant)?.setting?.scope
      const [from, question] = madeFor.get(text) ?? assert.fail()
      if (cache === 'hit') assert.equal(question, asked)
      assert.ok(sameWithin(scope, asker, from), JSON.stringify({ asker, scope, from }))
    }
    assert.ok(hits > 10, String(hits))
  })

test('what was asked under a setting that holds no more is not told to anybody', async () => {
  let set: CachesSet = { setting: { scope: 'tenant' }, version: 1 }
  const [one, other] = [cacheGround({ sets: () => set }), cacheGround({ sets: () => set })]
  const ann = { tenant: 't', home: 'ann', kind: 'key', id: '1' }
  await one.ask(ann, question('Who?'))
  const [entry] = one.shared
  assert.ok(entry !== undefined)
  other.gateway.absorb([entry])
  assert.equal((await other.ask({ ...ann, home: 'bob' }, question('Who?'))).cache, 'hit')
  set = { setting: { scope: 'tenant' }, version: 2 }
  other.gateway.absorb([entry])
  assert.equal((await other.ask(ann, question('Who?'))).cache, 'miss')
})
