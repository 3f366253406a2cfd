import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { masterKey, open, seal, type Attempt } from '@hearth/kernel'
import type { Json } from '@hearth/protocol'
import type { EffectTools, Vault } from '../../src/feature.ts'
import type { Webhook } from '../../src/webhooks/actor.ts'
import { delivery, waitBefore } from '../../src/webhooks/deliver.ts'
import { feature } from '../../src/webhooks/feature.ts'
import { sealTarget } from '../../src/webhooks/target.ts'

const day = 86_400_000
const hour = 3_600_000
const asked = Date.parse('2030-01-01T00:00:00Z')
const { secrets } = masterKey(randomBytes(32))
const vault: Vault = {
  seal: (secret, about) => seal(secrets, secret, about).toString('base64'),
  open: (sealed, about) => open(secrets, Buffer.from(sealed, 'base64'), about).toString('utf8'),
}
const target = { url: 'https://example.com/hook/T0KEN', secret: `whsec_${randomBytes(32).toString('base64')}` }
const webhook: Webhook = {
  id: 'wh_1',
  events: ['reminder.rang'],
  sealed: sealTarget(vault, 'wh_1', target),
  allowPrivate: false,
}
const requestAt = (at: number) => ({
  webhook: 'wh_1',
  body: { id: 'e_1', type: 'reminder.rang', at: new Date(at).toISOString(), data: null },
})
const attempt = (number: number): Attempt => ({
  id: '1.1.0',
  attempt: number,
  address: { tenant: 'main', home: 'owner', kind: 'reminder', id: 'r' },
  correlation: 'c',
  signal: new AbortController().signal,
})
const toolsAnswering = (retryAfterMs: number | null, posts: string[] = []): EffectTools => ({
  vault,
  tombstones: { keep: () => Promise.resolve() },
  note: () => undefined,
  network: { open: () => assert.fail('a webhook has no answer in pieces') },
  decide: () => assert.fail('a delivery decides nothing'),
  beforeEnd: () => undefined,
  expose: () => undefined,
  news: { tell: () => undefined, hear: () => undefined },
  traceparent: () => undefined,
  allow: () => ({ granted: 1, waitMs: 0 }),
  turn: () => ({ text: () => undefined, part: () => undefined, [Symbol.dispose]: () => undefined }),
  references: { get: () => [webhook] as unknown as Json },
  egress: {
    post: ({ url }) => {
      posts.push(url)
      return Promise.resolve({ status: 503, retryAfterMs })
    },
  },
})

/** The times at which attempts start, each taking `tookMs`, when the receiver asks for `retryAfterMs` whenever it answers. */
function attemptTimes(tookMs: number, retryAfterMs: number): number[] {
  const request = requestAt(asked)
  const times = [asked]
  for (let next = 2; next < 1000; next += 1) {
    const now = (times.at(-1) ?? 0) + tookMs
    const wait = waitBefore(next, request, now)
    if (wait === null) return times
    times.push(now + Math.max(wait, Math.min(retryAfterMs, asked + 3 * day - now)))
  }
  throw new Error('it never ends')
}

test('retries grow from a second to four hours and end three days after the event, however slow the receiver is', () => {
  const quick = attemptTimes(0, 0)
  assert.deepEqual(
    quick.slice(1, 6).map((at, index) => (at - (quick[index] ?? 0)) / 1000),
    [1, 2, 5, 15, 60],
  )
  for (const times of [quick, attemptTimes(15_000, 0), attemptTimes(15_000, day), attemptTimes(1000, hour)]) {
    const last = (times.at(-1) ?? 0) - asked
    assert.ok(last <= 3 * day && last > 3 * day - hour, `${times.length} attempts, the last after ${last} ms`)
  }
  assert.equal(waitBefore(2, requestAt(asked), asked + 4 * day), null)
})

test('a receiver may ask for a long wait, but not for one beyond the three days', async () => {
  const run = async (at: number, retryAfterMs: number) => {
    const result = await delivery(toolsAnswering(retryAfterMs)).run(requestAt(at) as unknown as Json, attempt(2))
    assert.equal(result.type, 'retryable')
    return result.type === 'retryable' ? result.afterMs : undefined
  }
  assert.equal(await run(Date.now(), hour), hour)
  const rest = (await run(Date.now() - 3 * day + hour, day)) ?? Infinity
  assert.ok(rest <= hour && rest > 0)
  assert.equal(await run(Date.now() - 4 * day, day), 0)
})

test('one webhook has a share of the slots', () => {
  const kind = delivery(toolsAnswering(null))
  assert.equal(kind.group?.(requestAt(asked) as unknown as Json), 'wh_1')
  assert.deepEqual([kind.concurrency, kind.groupConcurrency], [128, 8])
})

test('webhooks that let posts wait in vain share the places of one, until they answer', async () => {
  let isSilent = true
  const silent: EffectTools['egress'] = {
    post: ({ signal }) =>
      isSilent
        ? new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
        : Promise.resolve({ status: 500, retryAfterMs: null }),
  }
  const other = { ...webhook, id: 'wh_2', sealed: sealTarget(vault, 'wh_2', target) }
  let known: readonly Webhook[] = [webhook, other]
  const references = { get: () => known as unknown as Json }
  const kind = delivery({ ...toolsAnswering(null), egress: silent, references })
  const of = (id: string) => ({ ...requestAt(asked), webhook: id }) as unknown as Json
  const run = async (id: string, reason: string): Promise<void> => {
    const cut = new AbortController()
    const ended = kind.run(of(id), { ...attempt(1), signal: cut.signal }).catch(() => undefined)
    if (isSilent) cut.abort(new Error(reason))
    await ended
  }
  const groups = () => ['wh_1', 'wh_2'].map((id) => kind.group?.(of(id)))
  await run('wh_1', 'the server is stopping')
  assert.deepEqual(groups(), ['wh_1', 'wh_2'])
  await run('wh_1', 'no answer within 15000 ms')
  await run('wh_2', 'no answer within 15000 ms')
  assert.deepEqual(groups(), ['hanging in main', 'hanging in main'])
  isSilent = false
  await run('wh_1', '')
  assert.deepEqual(groups(), ['wh_1', 'hanging in main'])
  known = []
  await run('wh_2', '')
  assert.deepEqual(groups(), ['wh_1', 'wh_2'])
})

test('address and secret are kept sealed, and the address is opened to post to and to be listed', async () => {
  const kept: string[] = []
  const caller = {
    principal: { kind: 'owner', id: 'p', tenant: 'main', home: 'owner', scopes: ['*'] },
    now: asked,
    vault,
    assertReachable: () => Promise.resolve(),
  }
  const [create, list] = ['webhooks.create', 'webhooks.list'].map((name) =>
    feature.operations.find((operation) => operation.name === name),
  )
  assert.ok(create?.type === 'command' && list?.type === 'read')
  const { command } = await create.command({ ...target, events: ['reminder.rang'] }, caller as never)
  const { webhook: made } = command as unknown as { readonly webhook: Webhook }
  const [actor] = feature.actors
  const decision = actor?.decide(actor.initial, command, {} as never)
  assert.ok(decision?.type === 'accept')
  const state = decision.events.reduce((before, event) => actor?.evolve(before, event), actor?.initial)
  kept.push(JSON.stringify(decision.events), JSON.stringify(actor?.reference?.of(state)))
  for (const text of kept) assert.doesNotMatch(text, /T0KEN|example\.com|whsec_/)
  const read = { rows: () => Promise.resolve([]) }
  const reading = { ...caller, read, reference: () => actor?.reference?.of(state) }
  assert.deepEqual(await list.read({}, reading as never), {
    items: [{ id: made.id, url: target.url, events: ['reminder.rang'], state: 'active' }],
    next: null,
  })
  const posts: string[] = []
  await delivery(toolsAnswering(null, posts)).run(requestAt(asked) as unknown as Json, attempt(1))
  assert.deepEqual(posts, [target.url])
})
