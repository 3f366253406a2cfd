import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { HearthError } from '@hearth/protocol'
import * as z from 'zod'
import { everyRule, keepRule, parseEvery, parseKeep, usualKeep, type Keep } from './backups/schedule.ts'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export interface Config {
  /** Absolute. */
  readonly data: string
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Names that callers may use for this server besides `host`. */
  readonly hosts: readonly string[]
  readonly ownerKey: string | undefined
  readonly masterKey: Uint8Array | undefined
  readonly databaseUrl: string | undefined
  readonly postgresUser: string | undefined
  readonly log: LogLevel
  /** Whether each call leaves a line in `logs/access.log`. */
  readonly accessLog: boolean
  /** Set to anything: no colours on a terminal. */
  readonly noColor: string | undefined
  readonly workers: number
  /** Watches that one tenant may have open at a time. */
  readonly watchers: number
  /** Addresses and networks (`10.0.0.0/8`). */
  readonly privateTargets: readonly string[]
  readonly metrics: 'key' | 'open'
  readonly features: readonly string[]
  /** Addresses and networks of proxies that say in `X-Forwarded-For` who calls. */
  readonly proxies: readonly string[]
  /** Calls a minute that one address may make with other keys than the owner's; without bound when absent. */
  readonly addressRate: number | undefined
  /** Days after which rows of the log go to files by themselves; they stay when absent. */
  readonly archiveAfterDays: number | undefined
  /** Where backups go by themselves: a folder, or `s3://bucket/prefix`. */
  readonly backupTo: string | undefined
  /** Milliseconds. */
  readonly backupEvery: number | undefined
  readonly backupKeep: Keep
  /** Seals backups in place of the master key. */
  readonly backupKey: Uint8Array | undefined
  /** Whether every change is kept beside backups, so that any moment can be restored. Only for the embedded PostgreSQL. */
  readonly walArchive: boolean
  readonly walKeepDays: number
  readonly s3Endpoint: string | undefined
  readonly s3Region: string
  readonly s3AccessKeyId: string | undefined
  readonly s3SecretAccessKey: string | undefined
  /** Where traces go, by OTLP over HTTP; there are none while neither is set. The second is used as it stands. */
  readonly otelEndpoint: string | undefined
  readonly otelTracesEndpoint: string | undefined
  readonly otelHeaders: string | undefined
  readonly otelProtocol: string | undefined
  readonly otelServiceName: string | undefined
  readonly otelResourceAttributes: string | undefined
  readonly otelSampler: string | undefined
  readonly otelSamplerArg: string | undefined
}

type Name = keyof Config
type Environment = Readonly<Record<string, string | undefined>>
interface Given {
  readonly value: unknown
  /** How whoever gave it would name it. */
  readonly origin: string
}

const variables: Readonly<Record<Name, string>> = {
  data: 'HEARTH_DATA',
  host: 'HEARTH_HOST',
  port: 'HEARTH_PORT',
  hosts: 'HEARTH_HOSTS',
  ownerKey: 'HEARTH_OWNER_KEY',
  masterKey: 'HEARTH_MASTER_KEY',
  databaseUrl: 'DATABASE_URL',
  postgresUser: 'HEARTH_POSTGRES_USER',
  log: 'HEARTH_LOG',
  accessLog: 'HEARTH_ACCESS_LOG',
  noColor: 'NO_COLOR',
  workers: 'HEARTH_WORKERS',
  watchers: 'HEARTH_WATCHERS',
  privateTargets: 'HEARTH_PRIVATE_TARGETS',
  metrics: 'HEARTH_METRICS',
  features: 'HEARTH_FEATURES',
  proxies: 'HEARTH_PROXIES',
  addressRate: 'HEARTH_ADDRESS_RATE',
  archiveAfterDays: 'HEARTH_ARCHIVE_AFTER_DAYS',
  backupTo: 'HEARTH_BACKUP_TO',
  backupEvery: 'HEARTH_BACKUP_EVERY',
  backupKeep: 'HEARTH_BACKUP_KEEP',
  backupKey: 'HEARTH_BACKUP_KEY',
  walArchive: 'HEARTH_WAL_ARCHIVE',
  walKeepDays: 'HEARTH_WAL_KEEP_DAYS',
  s3Endpoint: 'HEARTH_S3_ENDPOINT',
  s3Region: 'HEARTH_S3_REGION',
  s3AccessKeyId: 'HEARTH_S3_ACCESS_KEY_ID',
  s3SecretAccessKey: 'HEARTH_S3_SECRET_ACCESS_KEY',
  otelEndpoint: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  otelTracesEndpoint: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  otelHeaders: 'OTEL_EXPORTER_OTLP_HEADERS',
  otelProtocol: 'OTEL_EXPORTER_OTLP_PROTOCOL',
  otelServiceName: 'OTEL_SERVICE_NAME',
  otelResourceAttributes: 'OTEL_RESOURCE_ATTRIBUTES',
  otelSampler: 'OTEL_TRACES_SAMPLER',
  otelSamplerArg: 'OTEL_TRACES_SAMPLER_ARG',
}
const names = Object.keys(variables) as readonly Name[]

/** Secrets have no flag: every user of a machine can read the command lines of its processes. */
const secrets: ReadonlySet<Name> = new Set<Name>([
  'ownerKey',
  'masterKey',
  'databaseUrl',
  'backupKey',
  's3AccessKeyId',
  's3SecretAccessKey',
  'otelHeaders',
])
/** Those of other programs too, which are set for all of them. */
const withoutFlag = (name: Name): boolean => secrets.has(name) || name === 'noColor'

const flagOf = (name: Name): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const text = (pattern: RegExp, error: string) => z.string(error).regex(pattern, error)

const wholeNumber = (min: number, max: number, error = `must be a whole number from ${min} to ${max}`) => {
  const parse = (value: unknown): unknown =>
    typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  return z.preprocess(parse, z.int(error).min(min, error).max(max, error))
}

const list = (item: z.ZodType<string>) => {
  const split = (value: unknown): unknown =>
    typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value
  return z.preprocess(split, z.array(item, 'must be a list'))
}

function isNetwork(value: string): boolean {
  const [address = '', bits, more] = value.split('/')
  const family = isIP(address)
  if (family === 0 || more !== undefined) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

const hostName = text(/^[A-Za-z0-9._:-]{1,255}$/, 'must be a host name or an address')
const keyRule = 'must be 16 to 200 visible ASCII characters, without spaces'
const masterRule = 'must be 32 bytes in base64'
const postgresRule = 'must be an address like postgres://user:password@host/database'
const networkRule = 'must be addresses or networks like 10.0.0.0/8, with commas between'

const placeRule = 'must be a whole path of a folder, or like s3://bucket/prefix'
const endpointRule = 'must be an address like https://s3.example.org'

const bytes32 = (error: string) =>
  z
    .base64(error)
    .transform((value): Uint8Array => Buffer.from(value, 'base64'))
    .refine((bytes) => bytes.length === 32, error)

const parsedBy = <Value>(parse: (text: string) => Value | undefined, error: string) =>
  z.string(error).transform((value, context): Value => {
    const parsed = parse(value)
    if (parsed !== undefined) return parsed
    context.addIssue({ code: 'custom', message: error })
    return z.NEVER
  })

const onOff = z.enum(['on', 'off', '1', '0'], 'must be "on" or "off"').transform((value) => /on|1/.test(value))

const otlpRule = 'must be an address like http://127.0.0.1:4318, without user and password'
const otlpAddress = z
  .string(otlpRule)
  .refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? '') && !value.includes('@'), otlpRule)
  .optional()

/** Each has half a dozen connections to the database. */
const mostWorkers = 16

const schema = z.object({
  data: z.string().min(1),
  host: hostName,
  port: wholeNumber(0, 65_535),
  hosts: list(hostName),
  ownerKey: text(/^[\x21-\x7e]{16,200}$/, keyRule).optional(),
  masterKey: bytes32(masterRule).optional(),
  databaseUrl: text(/^postgres(ql)?:\/\//, postgresRule)
    .refine((value) => URL.canParse(value), postgresRule)
    .optional(),
  postgresUser: text(/^[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?$/, 'must be the name of a user of this machine').optional(),
  accessLog: onOff,
  noColor: z.string().optional(),
  log: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`),
  workers: wholeNumber(1, mostWorkers),
  watchers: wholeNumber(0, 100_000),
  privateTargets: list(z.string(networkRule).refine(isNetwork, networkRule)),
  proxies: list(z.string(networkRule).refine(isNetwork, networkRule)),
  addressRate: wholeNumber(1, 1_000_000).optional(),
  metrics: z.enum(['key', 'open'], 'must be "key" or "open"'),
  archiveAfterDays: wholeNumber(1, 36_500).optional(),
  backupTo: text(/^(s3:\/\/[a-z0-9][a-z0-9.-]{1,62}(\/|$)|\/|[A-Za-z]:[\\/])/, placeRule).optional(),
  backupEvery: parsedBy(parseEvery, everyRule).optional(),
  backupKeep: parsedBy(parseKeep, keepRule).optional(),
  backupKey: bytes32(masterRule).optional(),
  walArchive: onOff,
  walKeepDays: wholeNumber(1, 3650),
  s3Endpoint: text(/^https?:\/\//, endpointRule)
    .refine((value) => URL.canParse(value), endpointRule)
    .optional(),
  s3Region: text(/^[a-z0-9-]{1,40}$/, 'must be the name of a region'),
  s3AccessKeyId: z.string().min(1).optional(),
  s3SecretAccessKey: z.string().min(1).optional(),
  otelEndpoint: otlpAddress,
  otelTracesEndpoint: otlpAddress,
  otelHeaders: z.string().optional(),
  otelProtocol: z.string().optional(),
  otelServiceName: z.string().optional(),
  otelResourceAttributes: z.string().optional(),
  otelSampler: z.string().optional(),
  otelSamplerArg: z.string().optional(),
  features: list(text(/^[a-z][a-z0-9-]*$/, 'must be names of features, with commas between')),
})

const defaults: Partial<Record<Name, unknown>> = {
  host: '127.0.0.1',
  port: 4600,
  hosts: [],
  log: 'info',
  accessLog: 'on',
  workers: 1,
  watchers: 1000,
  privateTargets: [],
  proxies: [],
  metrics: 'key',
  features: [],
  s3Region: 'us-east-1',
  walArchive: 'off',
  walKeepDays: 7,
}

/** Flags over environment over file over defaults. Throws `usage.invalid` for flags it does not know, else `config.invalid`. */
export function readConfig(argv: readonly string[], env: Environment): Config {
  const flags = readFlags(argv)
  const file = flags['config'] ?? nonEmpty(env['HEARTH_CONFIG'])
  const fromFile = file === undefined ? {} : readFile(file)
  const given = new Map<Name, Given>()
  for (const name of names) {
    const found = find(name, flags, env, { path: file, values: fromFile })
    if (found !== undefined) given.set(name, found)
  }
  const home = env['HOME'] || homedir()
  const values = { ...defaults, data: join(home, '.hearth'), ...mapValues(given) }
  const parsed = schema.safeParse(values)
  if (!parsed.success) throw refusal(parsed.error, given)
  if (parsed.data.walArchive && parsed.data.databaseUrl !== undefined) throw walElsewhere()
  return withAllFields(parsed.data)
}

const walElsewhere = (): HearthError =>
  new HearthError(
    'config.invalid',
    'HEARTH_WAL_ARCHIVE is for the embedded PostgreSQL: the writing of that of DATABASE_URL is yours to keep.',
    { issues: [{ path: 'HEARTH_WAL_ARCHIVE', message: 'is for the embedded PostgreSQL' }] },
  )

function find(
  name: Name,
  flags: Readonly<Record<string, string | undefined>>,
  env: Environment,
  file: { readonly path: string | undefined; readonly values: Readonly<Record<string, unknown>> },
): Given | undefined {
  const flag = flags[flagOf(name)]
  if (flag !== undefined) return { value: flag, origin: `--${flagOf(name)}` }
  const variable = nonEmpty(env[variables[name]])
  if (variable !== undefined) return { value: variable, origin: variables[name] }
  const value = file.values[name]
  return value === undefined ? undefined : { value, origin: `"${name}" in ${file.path}` }
}

/** Whether what a variable would say was said on the command line. */
export const isGivenAsFlag = (argv: readonly string[], variable: string): boolean =>
  names.some((name) => variables[name] === variable && readFlags(argv)[flagOf(name)] !== undefined)

function readFlags(argv: readonly string[]): Readonly<Record<string, string | undefined>> {
  const flags = ['config', ...names.filter((name) => !withoutFlag(name)).map(flagOf)]
  try {
    const options = Object.fromEntries(flags.map((flag) => [flag, { type: 'string' as const }]))
    return { ...parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values }
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('. To specify')
    const known = flags.map((flag) => `--${flag}`).join(' ')
    throw new HearthError('usage.invalid', `${reason.replace(/\.$/, '')}. The flags are: ${known}`, { cause: error })
  }
}

function readFile(path: string): Readonly<Record<string, unknown>> {
  let values: unknown
  try {
    values = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const reason =
      error instanceof SyntaxError ? 'is not JSON' : `cannot be read (${(error as { code?: string }).code})`
    throw new HearthError('config.invalid', `The file of HEARTH_CONFIG, ${path}, ${reason}.`, { cause: error })
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new HearthError('config.invalid', `The file of HEARTH_CONFIG, ${path}, must hold a JSON object.`)
  }
  const unknown = Object.keys(values).filter((name) => !Object.hasOwn(variables, name))
  if (unknown.length > 0) {
    const found = unknown.map((name) => `"${name}"`).join(', ')
    throw new HearthError('config.invalid', `${path} holds ${found}. What it may hold: ${names.join(', ')}.`)
  }
  return values as Readonly<Record<string, unknown>>
}

function refusal(error: z.ZodError, given: ReadonlyMap<Name, Given>): HearthError {
  const issues = new Map<Name, string>()
  for (const issue of error.issues) issues.set(issue.path[0] as Name, issue.message)
  const sentences = [...issues].map(([name, message]) => {
    const { origin, value } = given.get(name) ?? { origin: variables[name], value: undefined }
    const isSecret = secrets.has(name) || (typeof value === 'string' && value.includes('@'))
    const shown = isSecret || typeof value === 'object' ? '' : `, not ${JSON.stringify(value)}`
    return `${origin} ${message}${shown}.`
  })
  return new HearthError('config.invalid', sentences.join('\n'), {
    issues: [...issues].map(([name, message]) => ({ path: variables[name], message })),
  })
}

function withAllFields(values: z.infer<typeof schema>): Config {
  return {
    ...values,
    data: resolve(values.data),
    ownerKey: values.ownerKey,
    masterKey: values.masterKey,
    databaseUrl: values.databaseUrl,
    postgresUser: values.postgresUser,
    archiveAfterDays: values.archiveAfterDays,
    addressRate: values.addressRate,
    backupTo: values.backupTo,
    backupEvery: values.backupEvery,
    backupKeep: values.backupKeep ?? usualKeep,
    backupKey: values.backupKey,
    s3Endpoint: values.s3Endpoint,
    s3AccessKeyId: values.s3AccessKeyId,
    s3SecretAccessKey: values.s3SecretAccessKey,
    noColor: values.noColor,
    otelEndpoint: values.otelEndpoint,
    otelTracesEndpoint: values.otelTracesEndpoint,
    otelHeaders: values.otelHeaders,
    otelProtocol: values.otelProtocol,
    otelServiceName: values.otelServiceName,
    otelResourceAttributes: values.otelResourceAttributes,
    otelSampler: values.otelSampler,
    otelSamplerArg: values.otelSamplerArg,
  }
}

/** `NAME=` in an environment file means "not set". */
const nonEmpty = (value: string | undefined): string | undefined => (value === '' ? undefined : value)

const mapValues = (given: ReadonlyMap<Name, Given>): Partial<Record<Name, unknown>> =>
  Object.fromEntries([...given].map(([name, { value }]) => [name, value]))

/** What can be set, as the documents say it. */
export const settings = names.map((name) => ({
  name,
  variable: variables[name],
  flag: withoutFlag(name) ? undefined : `--${flagOf(name)}`,
  usual: defaults[name],
}))
