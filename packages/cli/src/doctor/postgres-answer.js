import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect as connectPlain, isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** @import { Socket } from 'node:net' */

/** @import { ConnectionOptions } from 'node:tls' */

/** @typedef {{ host: string, port: number, user: string, password: string, database: string, tls: string, files: ConnectionOptions }} Address */

/** @typedef {{ version: string, number: number, clockAheadMs: number }} Answer */

const withinMs = 8000
const protocol = 196_608
const tlsRequest = 80_877_103

/** What PostgreSQL itself said, with its SQLSTATE as the code. */
class Refused extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message)
    this.code = code
  }
}

/**
 * Where a connection URI leads, as far as a look needs it: one address for each of its hosts.
 * @param {string} url
 * @returns {Address[]}
 */
function addressesOf(url) {
  const match = /^postgres(?:ql)?:\/\/(?:([^@/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/.exec(url)
  if (match === null) throw new Refused('', 'it does not look like postgres://user:password@host:port/database')
  const [, login = '', hosts = '', path = '', query = ''] = match
  const more = new URLSearchParams(query.replaceAll('+', '%2B'))
  const at = login.indexOf(':')
  const user = more.get('user') ?? decodeURIComponent(at === -1 ? login : login.slice(0, at))
  const who = {
    user: user || 'postgres',
    password: more.get('password') ?? (at === -1 ? '' : decodeURIComponent(login.slice(at + 1))),
    database: (more.get('dbname') ?? decodeURIComponent(path)) || user || 'postgres',
    tls: more.get('sslmode') ?? (more.get('ssl') === 'true' ? 'verify-full' : 'prefer'),
    files: tlsFiles(more),
  }
  return (more.get('host') ?? hosts).split(',').map((part, index) => {
    const [, six, name = '', port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?/.exec(part) ?? []
    const ports = more.get('port')?.split(',') ?? []
    return {
      ...who,
      host: (six ?? decodeURIComponent(name)) || 'localhost',
      port: Number(ports[index] || ports[0] || port || 5432),
    }
  })
}

/** @param {URLSearchParams} parameters @returns {ConnectionOptions} */
function tlsFiles(parameters) {
  const given = /** @type {const} */ ([
    ['ca', 'sslrootcert'],
    ['cert', 'sslcert'],
    ['key', 'sslkey'],
  ])
  const files = given.map(([name, parameter]) => [name, parameters.get(parameter)])
  return Object.fromEntries(
    files.filter(([, path]) => path && path !== 'system').map(([name, path]) => [name, readFileSync(String(path))]),
  )
}

/** @param {Buffer} body @param {string} [type] */
function message(body, type = '') {
  const head = Buffer.alloc(type.length + 4)
  head.write(type, 'latin1')
  head.writeInt32BE(body.length + 4, type.length)
  return Buffer.concat([head, body])
}

/** @param {readonly (string | number)[]} parts texts end with a zero */
const packed = (...parts) =>
  Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(`${part}\0`)
      const bytes = Buffer.alloc(4)
      bytes.writeInt32BE(part)
      return bytes
    }),
  )

/** @param {Address} address @returns {Promise<Socket>} */
async function openStream({ host, port, tls, files }) {
  const stream = host.startsWith('/') ? connectPlain(`${host}/.s.PGSQL.${port}`) : connectPlain(port, host)
  stream.setTimeout(withinMs, () =>
    stream.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
  )
  await new Promise((resolve, reject) => stream.once('connect', resolve).once('error', reject))
  if (tls === 'disable' || host.startsWith('/')) return stream
  const reply = new Promise((resolve, reject) => stream.once('data', resolve).once('error', reject))
  stream.write(message(packed(tlsRequest)))
  if (String(await reply) !== 'S') {
    if (tls === 'prefer' || tls === 'allow') return stream
    throw new Refused('', 'it speaks no TLS, which sslmode asks for')
  }
  const named = isIP(host) === 0 ? { servername: host } : {}
  const isAnyName = tls === 'verify-full' ? {} : { checkServerIdentity: () => undefined }
  const rejectUnauthorized = tls.startsWith('verify') || (tls === 'require' && files.ca !== undefined)
  const secure = connectTls({ socket: stream, ...files, ...named, ...isAnyName, rejectUnauthorized })
  await new Promise((resolve, reject) => secure.once('secureConnect', resolve).once('error', reject))
  return secure
}

/**
 * Signs in, asks for the time, and leaves. Throws what keeps it from that; of several hosts one that answers is enough.
 * @param {string} url
 * @returns {Promise<Answer & { where: string }>}
 */
export async function askPostgres(url) {
  const addresses = addressesOf(url)
  for (const [index, address] of addresses.entries()) {
    try {
      return { ...(await askOne(address)), where: `${address.host}:${address.port}` }
    } catch (error) {
      if (index === addresses.length - 1) throw error
    }
  }
  throw new Refused('', 'it names no host')
}

/** @param {Address} address @returns {Promise<Answer>} */
async function askOne(address) {
  const stream = await openStream(address)
  try {
    stream.write(message(packed(protocol, 'user', address.user, 'database', address.database, '')))
    return await converse(stream, address)
  } finally {
    stream.end(message(Buffer.alloc(0), 'X'))
    stream.destroy()
  }
}

/** @param {Socket} stream @param {Address} address @returns {Promise<Answer>} */
async function converse(stream, address) {
  const proof = new Scram(address.password)
  let version = ''
  let asked = 0
  for await (const { type, body } of messagesOf(stream)) {
    switch (type) {
      case 'E':
        throw complaintOf(body)
      case 'R': {
        const reply = replyTo(body, address, proof)
        if (reply !== undefined) stream.write(message(reply, 'p'))
        break
      }
      case 'S': {
        const [name, value = ''] = body.toString('utf8').split('\0')
        if (name === 'server_version') version = value
        break
      }
      case 'Z':
        asked = Date.now()
        stream.write(message(packed('select (extract(epoch from clock_timestamp()) * 1000)::bigint'), 'Q'))
        break
      case 'D': {
        const theirs = Number(body.subarray(6).toString('utf8'))
        const now = Date.now()
        const clockAheadMs = theirs > now ? theirs - now : theirs < asked ? theirs - asked : 0
        return { version, number: Number.parseInt(version, 10), clockAheadMs }
      }
    }
  }
  throw new Refused('', 'it ended the connection')
}

/** @param {Socket} stream */
async function* messagesOf(stream) {
  let held = Buffer.alloc(0)
  for await (const bytes of stream) {
    held = Buffer.concat([held, bytes])
    while (held.length >= 5 && held.length > held.readInt32BE(1)) {
      const end = held.readInt32BE(1) + 1
      if (end < 5) throw new Refused('', 'what answers there is no PostgreSQL')
      yield { type: String.fromCharCode(held[0] ?? 0), body: held.subarray(5, end) }
      held = held.subarray(end)
    }
    if (held.length > 1_000_000) throw new Refused('', 'what answers there is no PostgreSQL')
  }
}

/** @param {Buffer} body */
function complaintOf(body) {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .map((field) => [field[0], field.slice(1)]),
  )
  return new Refused(fields.get('C') ?? '', fields.get('M') ?? 'it refuses')
}

/** @param {Buffer} body @param {Address} address @param {Scram} proof @returns {Buffer | undefined} */
function replyTo(body, { user, password }, proof) {
  const rest = body.subarray(4)
  switch (body.readInt32BE(0)) {
    case 0:
    case 12:
      return undefined
    case 3:
      return packed(password)
    case 5: {
      const inner = createHash('md5')
        .update(password + user)
        .digest('hex')
      return packed(`md5${createHash('md5').update(inner).update(rest).digest('hex')}`)
    }
    case 10: {
      const first = Buffer.from(proof.first())
      return Buffer.concat([packed('SCRAM-SHA-256', first.length), first])
    }
    case 11:
      return Buffer.from(proof.last(rest.toString('utf8')))
    default:
      throw new Refused('', 'it wants a way to sign in that this look does not know')
  }
}

/** The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677). */
class Scram {
  #password
  #bare = `n=,r=${randomBytes(18).toString('base64')}`

  /** @param {string} password */
  constructor(password) {
    this.#password = password
  }

  first() {
    return `n,,${this.#bare}`
  }

  /** @param {string} challenge */
  last(challenge) {
    const [, nonce = '', salt = '', rounds = ''] = /^r=([^,]*),s=([^,]*),i=(\d+)/.exec(challenge) ?? []
    const salted = pbkdf2Sync(this.#password, Buffer.from(salt, 'base64'), Number(rounds), 32, 'sha256')
    const key = createHmac('sha256', salted).update('Client Key').digest()
    const stored = createHash('sha256').update(key).digest()
    const final = `c=biws,r=${nonce}`
    const signature = createHmac('sha256', stored).update(`${this.#bare},${challenge},${final}`).digest()
    return `${final},p=${Buffer.from(key.map((byte, index) => byte ^ (signature[index] ?? 0))).toString('base64')}`
  }
}
