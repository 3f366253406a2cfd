import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { startHearth, startReceiver, until, type RunningHearth } from './hearth.ts'
import { openSocket } from './live-socket.ts'
import { startOtlpReceiver } from './otlp-receiver.ts'

// shows: H2

const programs = [join(import.meta.dirname, '../../../../.services/promtool/usr/bin/promtool'), 'promtool']
const promtool = programs.find((program) =>
  program.includes('/') ? existsSync(program) : spawnSync(program, ['--version']).error === undefined,
)
const skip = promtool === undefined && process.env['HEARTH_TEST_PROMTOOL'] !== 'must' && 'there is no promtool'

const exposed = async (hearth: RunningHearth): Promise<string> => (await hearth.request('GET', '/metrics')).text

const value = (text: string, sample: string): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`${sample} `))
  return line === undefined ? undefined : Number(line.slice(sample.length))
}

/** Some of everything that is counted. */
async function use(hearth: RunningHearth, receiver: string): Promise<void> {
  await hearth.call('webhooks.create', { url: receiver, events: ['reminder.rang'] })
  await hearth.call('reminders.set', { text: 'x', at: '2020-01-01T00:00:00Z' })
  await hearth.call('reminders.list', { limit: 'no' })
  await hearth.call('reminders.list', {}, { authorization: 'Bearer nobody-knows-this' })
  // A length that nobody sends is no count of bytes.
  const socket = connect(Number(new URL(hearth.url).port), '127.0.0.1')
  socket.write(`POST /sign-in HTTP/1.1\r\nhost: ${new URL(hearth.url).host}\r\ncontent-length: ${2 ** 53}\r\n\r\n`)
  await once(socket, 'data')
  socket.destroy()
}

for (const workers of ['1', '2'])
  test(`metrics are what Prometheus takes, and count what was done, with ${workers} processes`, { skip }, async () => {
    await using collector = await startOtlpReceiver()
    await using receiver = await startReceiver()
    await using hearth = await startHearth({
      HEARTH_WORKERS: workers,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    })
    await use(hearth, receiver.url)
    await using socket = await openSocket(hearth.url)
    socket.send({ id: 1, watch: 'reminders.list' })
    await socket.next()
    const delivered = 'hearth_effect_attempts_total{kind="webhook",outcome="done"}'
    await until(async () => value(await exposed(hearth), delivered) === 1, 'the delivery is counted')
    const text = await exposed(hearth)
    assert.equal(value(text, 'hearth_http_refused_total{code="auth.key-unknown"}'), 1)
    assert.equal(value(text, 'hearth_http_refused_total{code="input.invalid"}'), 1)
    assert.equal(value(text, 'hearth_watchers'), 1)
    assert.equal(value(text, 'hearth_connections{door="live"}'), 1)
    assert.ok(Number(value(text, 'hearth_http_body_bytes_total{direction="sent"}')) > 100)
    const received = Number(value(text, 'hearth_http_body_bytes_total{direction="received"}'))
    assert.ok(received > 100 && received < 10_000, String(received))
    assert.match(text, /^hearth_build_info\{version="[^"]+",node="[^"]+"\} 1$/m)
    assert.match(text, /^nodejs_gc_runs_total\{kind="minor"/m)
    for (const name of ['hearth_commands_total', 'hearth_commit_seconds', 'hearth_timer_lateness_seconds'])
      assert.match(text, new RegExp(`^# TYPE ${name} `, 'm'))
    const checked = spawnSync(promtool ?? '', ['check', 'metrics'], { input: text, encoding: 'utf8' })
    assert.equal(`${checked.stdout}${checked.stderr}`, '')
    assert.equal(checked.status, 0)
    const families = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name)
    const helped = [...text.matchAll(/^# HELP (\S+) /gm)].map(([, name]) => name)
    assert.deepEqual(helped, families)
  })
