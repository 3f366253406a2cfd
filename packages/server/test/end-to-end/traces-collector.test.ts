// shows: H2
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startHearth, startReceiver, until } from './hearth.ts'
import { freePort } from '../free-port.ts'

const program = join(import.meta.dirname, '../../../../.services/otelcol/otelcol')
const skip =
  !existsSync(program) &&
  process.env['HEARTH_TEST_COLLECTOR'] !== 'must' &&
  'there is no OpenTelemetry Collector in .services/otelcol'

/** The collector of the OpenTelemetry project, which writes down all that it takes. */
async function startCollector() {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-collector-'))
  const port = await freePort()
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: { debug: { verbosity: 'detailed' } },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { traces: { receivers: ['otlp'], exporters: ['debug'] } },
    },
  }
  await writeFile(join(folder, 'config.yaml'), JSON.stringify(config))
  const child = spawn(program, ['--config', join(folder, 'config.yaml')], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk))
  await until(() => said.includes('Everything is ready'), 'the collector is ready')
  return {
    url: `http://127.0.0.1:${port}`,
    said: () => said,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await once(child, 'close')
      await rm(folder, { recursive: true })
    },
  }
}

test(
  'the OpenTelemetry Collector takes the trace of a call, from its door to a webhook delivered',
  { skip },
  async () => {
    await using collector = await startCollector()
    await using receiver = await startReceiver(() => 204)
    await using hearth = await startHearth({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
    await hearth.call('webhooks.create', { url: receiver.url, events: ['reminder.rang'] })
    const trace = '0af7651916cd43dd8448eb211c80319c'
    const traceparent = `00-${trace}-b7ad6b7169203331-01`
    await hearth.call('reminders.set', { text: 'traced', at: '2020-01-01T00:00:00Z' }, { traceparent })
    /** Names of spans by what the collector says of each. */
    const spans = (): readonly { readonly trace: string; readonly name: string }[] =>
      [...collector.said().matchAll(/Trace ID +: (\w+)\n +Parent ID +:.*\n +ID +: \w+\n +Name +: (.+)/g)].map(
        ([, id = '', name = '']) => ({ trace: id, name }),
      )
    await until(() => spans().some(({ name }) => name === 'effect webhook'), 'the delivery was told')
    const ours = spans().filter((span) => span.trace === trace)
    assert.deepEqual(ours.map(({ name }) => name).toSorted(), ['commit', 'decide', 'queue', 'reminders.set'])
    assert.match(collector.said(), /service\.name: Str\(hearth\)/)
    const { text } = await hearth.request('GET', '/metrics')
    assert.match(text, /^hearth_trace_spans_total\{outcome="dropped"\} 0$/m)
  },
)
