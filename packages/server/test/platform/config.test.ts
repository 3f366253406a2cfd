import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { HearthError } from '@hearth/protocol'
import { readConfig } from '../../src/config.ts'
import { isHearthError } from '../doors/is-hearth-error.ts'

const home = { HOME: '/home/me' }

function file(content: string): Disposable & { readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-config-'))
  const path = join(folder, 'hearth.json')
  writeFileSync(path, content)
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}

test('what counts when nothing is said', () => {
  assert.deepEqual(readConfig([], home), {
    data: '/home/me/.hearth',
    host: '127.0.0.1',
    port: 4600,
    hosts: [],
    ownerKey: undefined,
    masterKey: undefined,
    databaseUrl: undefined,
    postgresUser: undefined,
    log: 'info',
    workers: 1,
    watchers: 1000,
    privateTargets: [],
    metrics: 'key',
    features: [],
    proxies: [],
    addressRate: undefined,
    archiveAfterDays: undefined,
    backupTo: undefined,
    backupEvery: undefined,
    backupKeep: { last: 3, daily: 7, weekly: 4, monthly: 0 },
    backupKey: undefined,
    walArchive: false,
    walKeepDays: 7,
    s3Endpoint: undefined,
    s3Region: 'us-east-1',
    s3AccessKeyId: undefined,
    s3SecretAccessKey: undefined,
    accessLog: true,
    noColor: undefined,
    otelEndpoint: undefined,
    otelTracesEndpoint: undefined,
    otelHeaders: undefined,
    otelProtocol: undefined,
    otelServiceName: undefined,
    otelResourceAttributes: undefined,
    otelSampler: undefined,
    otelSamplerArg: undefined,
  })
})

test('flags win over the environment, which wins over the file', () => {
  using config = file('{ "port": 1, "host": "10.0.0.1", "log": "warn", "hosts": ["a.example", "b.example"] }')
  const env = { ...home, HEARTH_CONFIG: config.path, HEARTH_PORT: '2', HEARTH_HOST: '10.0.0.2' }
  const read = readConfig(['--port', '3'], env)
  const { port, host, log, hosts } = read
  assert.deepEqual([port, host, log, hosts], [3, '10.0.0.2', 'warn', ['a.example', 'b.example']])
  assert.equal(readConfig(['--config', config.path], home).port, 1)
})

test('every variable is read', () => {
  const masterKey = Buffer.alloc(32, 7)
  const backupKey = Buffer.alloc(32, 8)
  const config = readConfig(['--data=here'], {
    HEARTH_HOST: '::1',
    HEARTH_PORT: '0',
    HEARTH_HOSTS: 'hearth.example, hearth',
    HEARTH_OWNER_KEY: 'k'.repeat(16),
    HEARTH_MASTER_KEY: masterKey.toString('base64'),
    DATABASE_URL: 'postgres://me:secret@db/hearth',
    HEARTH_POSTGRES_USER: 'postgres',
    HEARTH_LOG: 'debug',
    HEARTH_WORKERS: '1',
    HEARTH_WATCHERS: '7',
    HEARTH_PRIVATE_TARGETS: '10.0.0.0/8, ::1,192.168.1.1',
    HEARTH_METRICS: 'open',
    HEARTH_FEATURES: 'probe',
    HEARTH_PROXIES: '10.9.0.1',
    HEARTH_ADDRESS_RATE: '600',
    HEARTH_ARCHIVE_AFTER_DAYS: '400',
    HEARTH_BACKUP_TO: 's3://backups/hearth',
    HEARTH_BACKUP_EVERY: 'PT12H',
    HEARTH_BACKUP_KEEP: '5',
    HEARTH_BACKUP_KEY: backupKey.toString('base64'),
    HEARTH_WAL_ARCHIVE: 'off',
    HEARTH_WAL_KEEP_DAYS: '30',
    HEARTH_S3_ENDPOINT: 'http://localhost:9000',
    HEARTH_S3_REGION: 'eu-central-1',
    HEARTH_S3_ACCESS_KEY_ID: 'id',
    HEARTH_S3_SECRET_ACCESS_KEY: 'secret',
    HEARTH_ACCESS_LOG: 'off',
    NO_COLOR: '1',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/x',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=secret',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_SERVICE_NAME: 'home',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.5',
  })
  assert.deepEqual(
    { ...config, masterKey: Buffer.from(config.masterKey ?? []), backupKey: Buffer.from(config.backupKey ?? []) },
    {
      data: resolve('here'),
      host: '::1',
      port: 0,
      hosts: ['hearth.example', 'hearth'],
      ownerKey: 'k'.repeat(16),
      masterKey,
      databaseUrl: 'postgres://me:secret@db/hearth',
      postgresUser: 'postgres',
      log: 'debug',
      workers: 1,
      watchers: 7,
      privateTargets: ['10.0.0.0/8', '::1', '192.168.1.1'],
      metrics: 'open',
      features: ['probe'],
      proxies: ['10.9.0.1'],
      addressRate: 600,
      archiveAfterDays: 400,
      backupTo: 's3://backups/hearth',
      backupEvery: 43_200_000,
      backupKeep: { last: 5, daily: 0, weekly: 0, monthly: 0 },
      backupKey,
      walArchive: false,
      walKeepDays: 30,
      s3Endpoint: 'http://localhost:9000',
      s3Region: 'eu-central-1',
      s3AccessKeyId: 'id',
      s3SecretAccessKey: 'secret',
      accessLog: false,
      noColor: '1',
      otelEndpoint: 'http://127.0.0.1:4318',
      otelTracesEndpoint: 'https://traces.example/x',
      otelHeaders: 'authorization=secret',
      otelProtocol: 'http/json',
      otelServiceName: 'home',
      otelResourceAttributes: 'deployment.environment=test',
      otelSampler: 'parentbased_traceidratio',
      otelSamplerArg: '0.5',
    },
  )
})

test('what PostgreSQL writes is kept of the embedded one only', () => {
  const env = { ...home, HEARTH_WAL_ARCHIVE: 'on', DATABASE_URL: 'postgres://db/hearth' }
  assert.throws(() => readConfig([], env), isHearthError('config.invalid', /^HEARTH_WAL_ARCHIVE is for the embedded/))
})

test('an empty variable is one that is not set', () => {
  assert.equal(readConfig([], { ...home, HEARTH_PORT: '', HEARTH_OWNER_KEY: '' }).port, 4600)
})

test('a wrong value is refused by the name that it was given under', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['HEARTH_PORT', '65536'],
    ['HEARTH_PORT', '-1'],
    ['HEARTH_PORT', '4600x'],
    ['HEARTH_PORT', '1.5'],
    ['HEARTH_PORT', ' '],
    ['HEARTH_HOST', 'a b'],
    ['HEARTH_HOST', 'http://localhost'],
    ['HEARTH_OWNER_KEY', 'k'.repeat(15)],
    ['HEARTH_OWNER_KEY', 'k'.repeat(201)],
    ['HEARTH_OWNER_KEY', `${'k'.repeat(16)} k`],
    ['HEARTH_OWNER_KEY', `${'k'.repeat(16)}\u00e9`],
    ['HEARTH_MASTER_KEY', Buffer.alloc(31).toString('base64')],
    ['HEARTH_MASTER_KEY', 'not base64!'],
    ['HEARTH_BACKUP_KEY', Buffer.alloc(33).toString('base64')],
    ['HEARTH_BACKUP_TO', 'backups'],
    ['HEARTH_BACKUP_TO', 's3://'],
    ['HEARTH_BACKUP_EVERY', 'daily'],
    ['HEARTH_BACKUP_EVERY', 'P1M'],
    ['HEARTH_BACKUP_KEEP', '0'],
    ['HEARTH_S3_ENDPOINT', 'localhost:9000'],
    ['HEARTH_S3_REGION', 'a b'],
    ['HEARTH_WAL_ARCHIVE', 'yes'],
    ['HEARTH_WAL_KEEP_DAYS', '0'],
    ['DATABASE_URL', 'mysql://db/hearth'],
    ['DATABASE_URL', 'postgres://me:hunter2@db:notaport/x'],
    ['HEARTH_POSTGRES_USER', 'a b'],
    ['HEARTH_LOG', 'loud'],
    ['HEARTH_WORKERS', '0'],
    ['HEARTH_WORKERS', '17'],
    ['HEARTH_WATCHERS', '-1'],
    ['HEARTH_PRIVATE_TARGETS', '10.0.0.0/33'],
    ['HEARTH_PRIVATE_TARGETS', 'localhost'],
    ['HEARTH_PRIVATE_TARGETS', '10.0.0.0/8/8'],
    ['HEARTH_METRICS', 'yes'],
    ['HEARTH_FEATURES', 'Probe'],
  ]
  for (const [name, value] of wrong) {
    assert.throws(
      () => readConfig([], { ...home, [name]: value }),
      isHearthError('config.invalid', new RegExp(`^${name} must .*\\.$`)),
      `${name}=${value}`,
    )
  }
  assert.throws(() => readConfig(['--port', 'x'], home), isHearthError('config.invalid', /^--port must .*, not "x"\.$/))
})

test('there can be 1 to 16 workers', () => {
  assert.equal(readConfig(['--workers', '2'], home).workers, 2)
  assert.equal(readConfig([], { ...home, HEARTH_WORKERS: '16' }).workers, 16)
  for (const workers of ['0', '17', 'all'])
    assert.throws(
      () => readConfig(['--workers', workers], home),
      isHearthError('config.invalid', /^--workers must be a whole number from 1 to 16, not ".*"\.$/),
    )
})

test('all that is wrong is told at once, without a secret', () => {
  const env = {
    ...home,
    HEARTH_PORT: 'x',
    HEARTH_OWNER_KEY: 'hunter2',
    DATABASE_URL: 'hunter2',
    HEARTH_MASTER_KEY: 'hunter2',
  }
  assert.throws(
    () => readConfig([], env),
    (error: unknown) => {
      assert.ok(error instanceof HearthError)
      assert.equal(error.issues?.length, 4)
      assert.equal(error.message.split('\n').length, 4)
      assert.doesNotMatch(JSON.stringify([error.message, error.issues]), /hunter2/)
      return true
    },
  )
})

test('wrong use of the command is another error', () => {
  for (const argv of [['--prot', '1'], ['--port'], ['extra'], ['--owner-key', 'k'.repeat(20)], ['--port', '-1']]) {
    assert.throws(
      () => readConfig(argv, home),
      isHearthError('usage.invalid', /The flags are: --config /),
      argv.join(' '),
    )
  }
})

test('a file that cannot be used', () => {
  const cases = [
    ['{', /is not JSON/],
    ['[]', /JSON object/],
    ['{"prot": 1}', /"prot"/],
    ['{"port": "x"}', /"port" in .*hearth\.json must/],
  ]
  for (const [content, message] of cases as [string, RegExp][]) {
    using config = file(content)
    assert.throws(() => readConfig(['--config', config.path], home), isHearthError('config.invalid', message))
  }
  const missing = { ...home, HEARTH_CONFIG: '/nowhere/hearth.json' }
  assert.throws(() => readConfig([], missing), isHearthError('config.invalid', /nowhere\/hearth\.json, cannot be read/))
})
