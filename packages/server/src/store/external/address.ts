import { readFileSync } from 'node:fs'
import { isIP, isIPv6 } from 'node:net'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { HearthError } from '@hearth/protocol'
import type { ConnectionOptions } from '../connection.ts'

type Parameters = ReadonlyMap<string, string>

/**
 * Reads a connection URI as libpq does, as far as the driver can do what it says: users and passwords with any
 * characters, several hosts, IPv6, a socket folder as `host`, and the TLS options, whose files the driver would not read.
 */
export function readAddress(url: string): ConnectionOptions {
  const match = /^postgres(?:ql)?:\/\/(?:([^@/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/.exec(url)
  if (match === null) throw malformed('it does not look like postgres://user:password@host:port/database')
  const [, login = '', hosts = '', path = '', query = ''] = match
  const parameters: Parameters = new Map(new URLSearchParams(query.replaceAll('+', '%2B')))
  refuseUnknown(parameters)
  const [user = '', password = ''] = splitOnce(login, ':').map(decode)
  const named = parameters.get('user') ?? user
  const { host, port } = readHosts(parameters, hosts)
  return {
    ...(isIPv6(host) ? keepColons(host, port) : { host, port }),
    user: named || 'postgres',
    password: parameters.get('password') ?? password,
    database: parameters.get('dbname') ?? (decode(path) || named || 'postgres'),
    ssl: host.startsWith('/') ? false : nameServer(readTls(parameters), host),
    ...(host.includes(',') ? { target_session_attrs: 'read-write' } : {}),
  }
}

// After the TLS ones: those that are ours to choose, or about the client library only.
const known = new Set(
  (
    'host port user password dbname sslmode sslrootcert sslcert sslkey ssl ' +
    'application_name connect_timeout channel_binding gssencmode target_session_attrs sslnegotiation'
  ).split(' '),
)

function refuseUnknown(parameters: Parameters): void {
  const unknown = [...parameters.keys()].filter((name) => !known.has(name))
  if (unknown.length > 0) throw malformed(`it holds parameters that Hearth does not know: ${unknown.join(', ')}`)
}

function readHosts(parameters: Parameters, hosts: string): Pick<ConnectionOptions, 'host' | 'port'> {
  const parts = hosts.split(',').map(splitPort)
  const names = parameters.get('host')?.split(',') ?? parts.map(([host]) => decode(host))
  const ports = (parameters.get('port')?.split(',') ?? parts.map(([, port]) => port)).map((port) =>
    Number(port || 5432),
  )
  if (ports.some((port) => !Number.isInteger(port) || port < 1 || port > 65_535))
    throw malformed('a port is not a number')
  const [port = 5432] = ports
  const [only = ''] = names
  if (names.length === 1) return { host: only || 'localhost', port }
  if (names.some((name) => name.includes(':'))) throw malformed('of several hosts, none can be an IPv6 address')
  return { host: names.map((name, index) => `${name}:${ports[index] ?? port}`).join(','), port }
}

// The driver cuts a text at its first colon but leaves a list alone, which its types do not know.
const keepColons = (host: string, port: number) =>
  ({ host: [host], port: [port] }) as unknown as { host: string; port: number }

function splitPort(part: string): readonly [host: string, port: string] {
  const [, six, host = '', port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(part) ?? [
    undefined,
    undefined,
    part,
  ]
  return [six ?? host, port]
}

function readTls(parameters: Parameters): false | 'prefer' | TlsOptions {
  const authority = parameters.get('sslrootcert')
  const mode =
    parameters.get('sslmode') ?? (authority === 'system' || parameters.get('ssl') === 'true' ? 'verify-full' : 'prefer')
  const files = {
    ...(authority === undefined || authority === 'system' ? {} : { ca: readPart('sslrootcert', authority) }),
    ...(parameters.has('sslcert') ? { cert: readPart('sslcert', parameters.get('sslcert') ?? '') } : {}),
    ...(parameters.has('sslkey') ? { key: readPart('sslkey', parameters.get('sslkey') ?? '') } : {}),
  }
  switch (mode) {
    case 'disable':
      return false
    case 'allow':
    case 'prefer':
      return 'prefer'
    // As libpq does: an authority that is given is checked, the name is not.
    case 'require':
    case 'verify-ca':
      if (mode === 'require' && !('ca' in files)) return { ...files, rejectUnauthorized: false }
      return { ...files, rejectUnauthorized: true, checkServerIdentity: () => undefined }
    case 'verify-full':
      return { ...files, rejectUnauthorized: true }
    default:
      throw malformed(`sslmode is none of disable, allow, prefer, require, verify-ca, verify-full`)
  }
}

// Without it an address would be checked against the name "localhost".
const nameServer = (tls: ConnectionOptions['ssl'], host: string): ConnectionOptions['ssl'] =>
  typeof tls === 'object' && isIP(host) !== 0 ? { ...tls, host } : tls

function readPart(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw malformed(`the file of ${name}, ${path}, cannot be read`, error)
  }
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator)
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    throw malformed('it holds a "%" that is not followed by two hexadecimal digits', error)
  }
}

/** Never the address itself: it holds a password. */
const malformed = (reason: string, cause?: unknown): HearthError =>
  new HearthError('store.address-malformed', `DATABASE_URL cannot be used: ${reason}.`, { cause })
