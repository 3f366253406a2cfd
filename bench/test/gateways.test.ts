import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { addedTo } from '../src/gateway/figures.ts'
import { readLedger } from '../src/gateway/ledger.ts'
import { allAnswered, measureRound, templateOf } from '../src/gateway/measure.ts'
import { peers } from '../src/gateways/gateways.ts'
import { startHearthGateway } from '../src/gateways/hearth.ts'
import { takeTurns } from '../src/gateways/turns.ts'
import { runLoad } from '../src/load/load.ts'
import { hearthStore } from '../src/store.ts'
import { said } from '../src/upstream/protocol.ts'
import { startUpstream, type Upstream } from '../src/upstream/upstream.ts'
import { openWorkplace, type Workplace } from '../src/workplace.ts'

let workplace: Workplace
let upstream: Upstream

before(async () => {
  workplace = await openWorkplace()
  upstream = await startUpstream()
})
after(async () => {
  await upstream[Symbol.asyncDispose]()
  await workplace[Symbol.asyncDispose]()
})

const settings = {
  sequentialSeconds: 0.2,
  fewConnections: 4,
  fewSeconds: 0.2,
  connections: 8,
  seconds: 0.3,
  streamSeconds: 0.2,
}

for (const peer of peers)
  test(`${peer.name} passes on what the upstream says, whole and in a stream, to its end`, async (context) => {
    const started = await peer.start(join(workplace.folder, peer.name), upstream)
    if ('absent' in started) return context.skip(started.absent)
    await using gateway = started
    const counted = await upstream.answered()
    const { answered, figures } = await measureRound(gateway, settings)
    assert.ok(answered > 0)
    assert.equal(await upstream.answered(), counted + answered)
    for (const name of ['sequentialP50Ms', 'at8.perSecond', 'cpuMicrosPerRequest', 'firstTokenP50Ms'])
      assert.equal(typeof figures[name], 'number', name)
  })

test('what Hearth answered is in its ledger, and was paid for', async () => {
  await using hearth = await startHearthGateway(workplace, { fake: upstream })
  await using store = hearthStore(hearth.hearth)
  const { answered, figures } = await measureRound(hearth, settings)
  const ledger = await readLedger(hearth, store, answered)
  assert.equal(ledger.calls, answered)
  assert.equal(ledger.charged, ledger.spent)
  assert.equal(ledger.charged, answered * 9_450)
  assert.equal(typeof figures['postgresCpuMicrosPerRequest'], 'number')
  await upstream.behave('errors')
  await assert.rejects(measureRound(hearth, settings), /Not all were answered/)
  await upstream.behave('well')
})

test('a round in which one was not answered is none', async () => {
  const template = {
    ...templateOf({ port: upstream.port, path: '/v1/chat/completions', headers: {}, model: 'm' }, 'whole'),
  }
  const plan = {
    template,
    completion: { form: 'whole', text: said },
    connections: 1,
    seconds: 60,
    requests: 3,
  } as const
  const good = await runLoad(plan)
  assert.equal(allAnswered(good), 3)
  assert.throws(() => allAnswered({ ...good, unanswered: 1 }), /1 without an answer/)
  assert.throws(() => allAnswered({ ...good, statuses: { 200: 2, 429: 1 } }), /"429":1/)
  assert.throws(() => allAnswered({ ...good, acknowledged: 2 }), /2 were/)
  assert.throws(() => allAnswered({ ...good, acknowledged: 0, statuses: {} }), /0 were/)
})

test('all take turns in every round; a peer that fails is left out from there on, and nothing goes on without us', async () => {
  const turns: string[] = []
  const stopped: string[] = []
  const stop = async (name: string): Promise<void> => void stopped.push(name)
  const options = { say: () => undefined, signal: new AbortController().signal, stop }
  const failed = await takeTurns(['direct', 'hearth', 'other'], 2, options, async (name, round) => {
    turns.push(`${name} ${round}`)
    if (name === 'other' && round === 1) throw new Error('it broke')
  })
  assert.deepEqual(turns, [
    'direct 0',
    'hearth 0',
    'other 0',
    'direct 1',
    'hearth 1',
    'other 1',
    'direct 2',
    'hearth 2',
  ])
  assert.deepEqual(stopped, ['other'])
  assert.deepEqual([...failed], [['other', 'it was started, and then: it broke']])
  for (const name of ['direct', 'hearth'])
    await assert.rejects(
      takeTurns([name], 1, options, () => Promise.reject(new Error('it broke'))),
      /it broke/,
    )
})

test('what is added is what it took, less what the upstream took', () => {
  const floor = { sequentialP50Ms: 1, sequentialP99Ms: 2, 'at8.p50Ms': 3, firstTokenP50Ms: 0.25 }
  const found = { sequentialP50Ms: 1.5, sequentialP99Ms: 4, 'at8.p50Ms': 3, firstTokenP50Ms: 1 }
  const added = addedTo(floor, found, settings)
  assert.deepEqual(
    [
      added['added.sequentialP50Ms'],
      added['added.sequentialP99Ms'],
      added['added.at8.p50Ms'],
      added['added.firstTokenP50Ms'],
    ],
    [0.5, 2, 0, 0.75],
  )
})
