// long: a run of everything that npm alone tests has five minutes
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startHearth, startReceiver, until, type RunningHearth } from './hearth.ts'
import { isLong, onlyWhenLong } from '@hearth/testing/long'
import { openSocket } from './live-socket.ts'
import { startOtlpReceiver, valuesIn, type OtlpReceiver, type ReceivedSpan } from './otlp-receiver.ts'

// shows: H2, E2

const theirs = { trace: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' }
const traceparent = `00-${theirs.trace}-${theirs.span}-01`

const python = join(import.meta.dirname, '../../../../.services/venv/bin/python')
const isPublished = existsSync(python) && canImport('opentelemetry.proto.collector.trace.v1')
const skip =
  !isPublished && process.env['HEARTH_TEST_OTLP'] !== 'must' && 'no Python with opentelemetry-proto in .services/venv'

function canImport(name: string): boolean {
  try {
    execFileSync(python, ['-c', `import ${name}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const traced = (collector: OtlpReceiver, more: Record<string, string> = {}): Promise<RunningHearth> =>
  startHearth({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, HEARTH_FEATURES: 'probe', ...more })

interface Named {
  readonly name: string
  readonly children: readonly Named[]
}

/** The spans of a trace as a tree, the children of each by name. */
function treeOf(spans: readonly ReceivedSpan[], parent: string): readonly Named[] {
  return spans
    .filter(({ parentSpanId = '' }) => parentSpanId === parent)
    .map(({ name, spanId }) => ({ name, children: treeOf(spans, spanId) }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

const decided: readonly Named[] = [
  { name: 'decide', children: [] },
  { name: 'queue', children: [] },
]
const leaf = (name: string): Named => ({ name, children: [] })

interface Event {
  readonly type: string
  readonly position: string
  readonly causation: string
  readonly correlation: string
}

async function eventsOf(hearth: RunningHearth, home: string): Promise<readonly Event[]> {
  const { json } = await hearth.call('events.list', { home })
  return json.items
}

for (const workers of isLong ? ['1', '2'] : ['1'])
  test(
    `a call is followed from its door to its effect and back, in its caller's trace, with ${workers} processes`,
    onlyWhenLong,
    async () => {
      await using collector = await startOtlpReceiver()
      await using receiver = await startReceiver()
      await using hearth = await traced(collector, { HEARTH_WORKERS: workers })
      const { status } = await hearth.call(
        'probe.record',
        { stream: 'a', events: 2, effect: receiver.url },
        { traceparent, 'x-request-id': 'mine' },
      )
      assert.equal(status, 200)
      const spansOf = () => collector.spans().filter(({ traceId }) => traceId === theirs.trace)
      await until(() => spansOf().length === 8, 'all spans came')
      assert.deepEqual(treeOf(spansOf(), theirs.span), [
        {
          name: 'probe.record',
          children: [
            {
              name: 'commit',
              children: [{ name: 'effect probe-post', children: [leaf('commit'), ...decided] }],
            },
            ...decided,
          ],
        },
      ])
      const door = spansOf().find(({ name }) => name === 'probe.record') as ReceivedSpan
      const { 'hearth.request.id': requestId, 'http.response.status_code': code } = valuesIn(door.attributes)
      assert.deepEqual([requestId, code], ['mine', '200'])
      // The receiver is told of the very span that reached it.
      const effect = spansOf().find(({ name }) => name === 'effect probe-post')
      assert.equal(receiver.deliveries[0]?.headers['traceparent'], `00-${theirs.trace}-${effect?.spanId}-01`)
      const events = await eventsOf(hearth, 'probe:a')
      assert.deepEqual(
        new Set(events.map(({ correlation }) => correlation)),
        new Set([`mine@${theirs.trace}-${theirs.span}-01`]),
      )
      const [first] = events
      assert.equal(events.at(-1)?.causation, `${first?.position}.0`)
    },
  )

test('an effect that runs after a crash joins the trace of the call that asked for it', onlyWhenLong, async () => {
  await using collector = await startOtlpReceiver()
  let isUp = false
  await using receiver = await startReceiver(() => (isUp ? 204 : 503))
  await using hearth = await traced(collector)
  await hearth.call('probe.record', { stream: 'a', events: 1, effect: receiver.url }, { traceparent })
  const attempts = () => collector.spans().filter(({ name }) => name === 'effect probe-post')
  await until(() => attempts().length > 0, 'the first attempt was followed')
  await hearth.killAndStart('both')
  isUp = true
  const done = () =>
    attempts().find(({ attributes }) => valuesIn(attributes)['hearth.effect.outcome'] === 'done') as ReceivedSpan
  await until(() => done() !== undefined, 'it is done in the end')
  const [first] = attempts()
  assert.deepEqual([done().traceId, done().parentSpanId], [theirs.trace, first?.parentSpanId])
  await until(() => collector.spans().some(({ parentSpanId }) => parentSpanId === done().spanId), 'it came back')
  const events = await eventsOf(hearth, 'probe:a')
  assert.equal(events.at(-1)?.type, 'probe.settled')
  assert.equal(new Set(events.map(({ correlation }) => correlation)).size, 1)
})

test('what an ask leads to in another home has the correlation and the trace of the call', async () => {
  await using collector = await startOtlpReceiver()
  await using hearth = await traced(collector, { HEARTH_WORKERS: '2' })
  await hearth.call('reminders.allow', { home: 'anna', sender: 'ben' })
  const sent = await hearth.call(
    'reminders.send',
    { home: 'ben', to: 'anna', text: 'x', at: '2100-01-01T00:00:00Z' },
    { 'x-request-id': 'sent-1' },
  )
  assert.equal(sent.status, 200, sent.text)
  const following = async (home: string) =>
    (await eventsOf(hearth, home)).filter(({ correlation }) => correlation === 'sent-1').map(({ type }) => type)
  await until(async () => (await following('ben')).includes('sending.accepted'), 'its answer came back')
  assert.equal((await following('ben')).length, 2)
  assert.ok((await following('anna')).includes('reminder.set'))
  const spans = () => {
    const door = collector.spans().find(({ name }) => name === 'reminders.send')
    return door === undefined ? [] : collector.spans().filter(({ traceId }) => traceId === door.traceId)
  }
  await until(() => spans().filter(({ name }) => name === 'commit').length >= 3, 'its spans came')
  const ask = spans().find(({ name }) => name === 'ask') as ReceivedSpan
  const under = treeOf(spans(), ask.spanId).map(({ name }) => name)
  assert.ok(under.filter((name) => name === 'commit').length >= 2, under.join())
})

test(
  'a timer begins a trace and a correlation of its own, linked by its id, and what follows is in it',
  onlyWhenLong,
  async () => {
    await using collector = await startOtlpReceiver()
    await using receiver = await startReceiver()
    await using hearth = await traced(collector)
    await hearth.call('webhooks.create', { url: receiver.url, events: ['reminder.rang'] })
    await hearth.call('reminders.set', { text: 'x', at: '2020-01-01T00:00:00Z' }, { 'x-request-id': 'set-1' })
    await until(async () => (await eventsOf(hearth, 'owner')).some(({ type }) => type === 'webhook.delivered'), 'told')
    const [set, rang, delivered] = await eventsOf(hearth, 'owner')
    assert.equal(set?.correlation, 'set-1')
    assert.deepEqual([rang?.causation, rang?.correlation], [`${set?.position}.0`, `${set?.position}.0`])
    assert.deepEqual([delivered?.causation, delivered?.correlation], [`${rang?.position}.0`, rang?.correlation])
    const spans = () => {
      const timer = collector.spans().find(({ name }) => name === 'timer')
      return collector.spans().filter(({ traceId }) => traceId === timer?.traceId)
    }
    await until(() => spans().length === 8, 'its spans came')
    assert.deepEqual(
      treeOf(spans(), '').map(({ name }) => name),
      ['timer'],
    )
    const sent = receiver.deliveries[0]?.headers['traceparent'] ?? ''
    assert.equal(String(sent).split('-')[1], spans()[0]?.traceId)
  },
)

test('each call over WebSocket has an id of its own in the trace of its connection', async () => {
  await using collector = await startOtlpReceiver()
  await using hearth = await traced(collector)
  await using socket = await openSocket(hearth.url, { traceparent, 'x-request-id': 'live' })
  for (const id of [1, 2]) {
    socket.send({ id, call: 'reminders.list' })
    await socket.next()
  }
  const spans = () => collector.spans().filter(({ traceId }) => traceId === theirs.trace)
  await until(() => spans().length === 2, 'both came')
  assert.deepEqual(
    spans().map(({ attributes }) => valuesIn(attributes)['hearth.request.id']),
    ['live.1', 'live.2'],
  )
})

test(
  'a caller who is not followed is not, and one who sends nonsense is given a trace of its own',
  onlyWhenLong,
  async () => {
    await using collector = await startOtlpReceiver()
    await using receiver = await startReceiver()
    await using hearth = await traced(collector, {
      OTEL_SERVICE_NAME: 'home',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=a%20test',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-team=us,x-key=a%3Db',
    })
    const record = (stream: string, given: string) =>
      hearth.call('probe.record', { stream, events: 1, effect: receiver.url }, { traceparent: given })
    await record('a', `00-${theirs.trace}-${theirs.span}-00`)
    await record('b', `00-${'0'.repeat(32)}-${theirs.span}-01`)
    await until(() => collector.spans().length >= 8, 'the other one came')
    assert.ok(collector.spans().every(({ traceId }) => traceId !== theirs.trace && !/^0+$/.test(traceId)))
    const passed = receiver.deliveries.map(({ headers }) => String(headers['traceparent']))
    assert.ok(passed.some((one) => one.startsWith(`00-${theirs.trace}-`) && one.endsWith('-00')))
    const { 'service.name': service, 'deployment.environment': environment } = collector.resources()[0] ?? {}
    assert.deepEqual([service, environment], ['home', 'a test'])
    const [headers] = collector.headers
    assert.deepEqual([headers?.['x-team'], headers?.['x-key']], ['us', 'a=b'])
  },
)

test('where nobody wants traces a trace of a caller is passed on all the same', onlyWhenLong, async () => {
  await using receiver = await startReceiver()
  await using hearth = await startHearth({ HEARTH_FEATURES: 'probe' })
  await hearth.call('probe.record', { stream: 'a', events: 1, effect: receiver.url }, { traceparent })
  await hearth.call('probe.record', { stream: 'b', events: 1, effect: receiver.url })
  await until(() => receiver.deliveries.length === 2, 'both were posted')
  const passed = receiver.deliveries.map(({ headers }) => headers['traceparent'])
  assert.deepEqual(new Set(passed), new Set([traceparent, undefined]))
})

test('what is sent is what OpenTelemetry publishes', { skip }, async () => {
  await using collector = await startOtlpReceiver()
  await using receiver = await startReceiver()
  await using hearth = await traced(collector)
  await hearth.call('probe.record', { stream: 'a', events: 2, effect: receiver.url }, { traceparent })
  await hearth.call('reminders.set', { nonsense: true })
  await until(() => collector.spans().length >= 9, 'spans came')
  const said = execFileSync(python, [join(import.meta.dirname, 'decode-otlp.py')], {
    input: collector.bodies.join('\n'),
    encoding: 'utf8',
  })
  const spans = said
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, string>>)
  assert.equal(spans.length, collector.spans().length)
  const door = spans.find(({ name }) => name === 'probe.record')
  assert.deepEqual(
    [door?.['trace'], door?.['parent'], door?.['kind'], door?.['status'], door?.['service']],
    [theirs.trace, theirs.span, 'SPAN_KIND_SERVER', 'STATUS_CODE_UNSET', 'hearth'],
  )
})
