import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { exchange, key, openDoor, type OpenedDoor } from './opened-door.ts'

const call = 'POST /api/v1/call/notes.add'

/** A request of exactly these headers; its status and code. */
async function ask(door: OpenedDoor, line: string, ...headers: readonly string[]): Promise<readonly unknown[]> {
  const all = headers.some((header) => /^host:/i.test(header)) ? headers : ['Host: 127.0.0.1', ...headers]
  const [answer] = await exchange(
    door.port,
    `${line} HTTP/1.1\r\n${[...all, 'Connection: close'].join('\r\n')}\r\n\r\n`,
  )
  return answer?.problem === undefined ? [answer?.status] : [answer.status, answer.problem.code]
}

const authorization = `Authorization: Bearer ${key}`

test('everything wants the key, except what must be reached without', async () => {
  await using door = await openDoor()
  const missing = [401, 'auth.key-missing']
  for (const line of [call, 'POST /api/v1/notes', 'GET /api/v1/operations', 'GET /api/v1/status', 'GET /metrics']) {
    assert.deepEqual(await ask(door, line), missing, line)
  }
  assert.deepEqual(await ask(door, 'GET /nothing'), missing)
  assert.deepEqual(await ask(door, 'PUT /api/v1/notes'), missing)
  for (const path of ['/', '/healthz', '/health', '/readyz', '/ready']) {
    assert.deepEqual(await ask(door, `GET ${path}`), [200], path)
  }
  assert.equal(door.hearth.calls.length, 0)
})

test('which keys are good', async () => {
  await using door = await openDoor()
  assert.deepEqual(await ask(door, call, authorization), [200])
  assert.deepEqual(await ask(door, call, `authorization: bEARER   ${key}`), [200])
  assert.deepEqual(await ask(door, call, `Authorization: Bearer ${key}x`), [401, 'auth.key-unknown'])
  assert.deepEqual(await ask(door, call, `Authorization: Bearer ${key.slice(1)}`), [401, 'auth.key-unknown'])
  assert.deepEqual(await ask(door, call, 'Authorization: Bearer'), [401, 'auth.key-missing'])
  assert.deepEqual(await ask(door, call, 'Authorization: Basic YTpi'), [401, 'auth.key-missing'])
  const response = await fetch(`${door.url}/metrics`)
  assert.equal(response.headers.get('www-authenticate'), 'Bearer realm="Hearth"')
})

test('the key is asked for before the body is read', async () => {
  await using door = await openDoor()
  const headers = ['Content-Type: text/plain', 'Content-Length: 9000000']
  assert.deepEqual(await ask(door, call, ...headers), [401, 'auth.key-missing'])
})

test('on loopback only names of this machine are answered for', async () => {
  await using door = await openDoor({ config: { hosts: ['hearth.example'] } })
  const refused = [421, 'door.host-refused']
  const good = ['127.0.0.1:1', 'localhost', 'LOCALHOST.:4600', '127.8.9.1', '[::1]:80', 'a.localhost', 'Hearth.Example']
  for (const host of good) assert.deepEqual(await ask(door, 'GET /healthz', `Host: ${host}`), [200], host)
  const bad = [
    'evil.example',
    '10.0.0.1',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.1',
    '0x7f.1',
    '[::2]',
  ]
  for (const host of [...bad, 'a@localhost', 'localhost:99999999', '']) {
    assert.deepEqual(await ask(door, 'GET /healthz', `Host: ${host}`), refused, host)
    assert.deepEqual(await ask(door, call, authorization, `Host: ${host}`), refused, host)
    assert.deepEqual(await ask(door, 'GET /', `Host: ${host}`), refused, host)
    assert.deepEqual(await ask(door, 'GET /nothing', authorization, `Host: ${host}`), refused, host)
  }
})

test('beyond loopback any address is answered for, but only names that were given', async () => {
  await using door = await openDoor({ config: { host: '0.0.0.0', hosts: ['hearth.example'] } })
  for (const host of ['10.1.2.3:4600', '[fe80::1]', 'localhost', 'hearth.example:443']) {
    assert.deepEqual(await ask(door, 'GET /readyz', `Host: ${host}`), [200], host)
  }
  for (const host of ['evil.example', '1.2.3', '10.1.2.3.evil.example']) {
    assert.deepEqual(await ask(door, 'GET /readyz', `Host: ${host}`), [421, 'door.host-refused'], host)
  }
  assert.equal(new URL(door.url).hostname, '127.0.0.1')
})

test('one Host header and no other, wherever a request goes', async () => {
  for (const prepared of [true, false]) {
    await using door = await openDoor({ prepared })
    const malformed = [400, 'door.request-malformed']
    for (const line of [
      call,
      'GET /healthz',
      'GET /readyz',
      'GET /',
      'GET /nothing',
      'PUT /api/v1/notes',
      'OPTIONS *',
    ]) {
      for (const second of ['Host: localhost', 'hOST: evil.example', 'Host:']) {
        assert.deepEqual(
          await ask(door, line, authorization, 'Host: localhost', second),
          malformed,
          `${line}, ${second}`,
        )
      }
    }
    assert.equal(door.hearth.calls.length, 0)
  }
})

test('of a target that is a whole address the name counts instead of the Host header', async () => {
  await using door = await openDoor({ config: { hosts: ['hearth.example'] } })
  const refused = [421, 'door.host-refused']
  for (const name of ['evil.example', 'localhost.evil.example', 'a@localhost', '[::2]:80', '']) {
    for (const path of ['/healthz', '/readyz', '/api/v1/notes', '', '?a=b']) {
      const line = `GET http://${name}${path}`
      assert.deepEqual(await ask(door, line, authorization, 'Host: localhost'), refused, line)
    }
  }
  for (const target of ['http://localhost', 'HTTPS://127.0.0.1:1', 'http://Hearth.Example', 'http://[::1]']) {
    for (const path of ['/healthz', '/readyz?a=b', '', '/', '?a=b', '/api/v1/notes?limit=2']) {
      assert.deepEqual(await ask(door, `GET ${target}${path}`, authorization, 'Host: localhost'), [200], target + path)
    }
  }
  assert.deepEqual(door.hearth.calls.at(-1)?.input, { limit: 2 })
  const get = 'GET http://localhost/healthz'
  assert.deepEqual(await ask(door, get, 'Host: evil.example'), [200])
  assert.deepEqual(await ask(door, get, 'Origin: http://localhost'), [200])
  assert.deepEqual(await ask(door, get, 'Origin: http://127.0.0.1'), [403, 'door.origin-refused'])
  assert.deepEqual(await ask(door, get, 'Host: a', 'Host: b'), [400, 'door.request-malformed'])
  const [bare] = await exchange(door.port, `${get} HTTP/1.1\r\nConnection: close\r\n\r\n`)
  assert.equal(bare?.problem.code, 'door.request-malformed')
  assert.deepEqual(await ask(door, 'PUT http://localhost/healthz'), [405, 'door.method-not-allowed'])
  assert.deepEqual(await ask(door, 'GET ftp://localhost/healthz', authorization), [404, 'door.path-unknown'])
})

test('before there is anything to serve as well', async () => {
  await using door = await openDoor({ prepared: false })
  assert.deepEqual(await ask(door, 'GET http://evil.example/healthz'), [421, 'door.host-refused'])
  assert.deepEqual(await ask(door, 'GET http://localhost/healthz'), [200])
  assert.deepEqual(await ask(door, 'GET http://localhost/readyz'), [503, 'server.starting'])
})

test('pages of other origins are refused, whatever they hold', async () => {
  await using door = await openDoor()
  const refused = [403, 'door.origin-refused']
  for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:1', 'http://localhost', 'file://']) {
    assert.deepEqual(await ask(door, call, authorization, `Origin: ${origin}`), refused, origin)
    assert.deepEqual(await ask(door, 'OPTIONS /api/v1/notes', `Origin: ${origin}`), refused, origin)
    assert.deepEqual(await ask(door, 'GET /', `Origin: ${origin}`), refused, origin)
  }
  assert.deepEqual(await ask(door, call, authorization, `Host: ${door.host}`, `Origin: http://${door.host}`), [200])
  assert.deepEqual(await ask(door, call, authorization, 'Host: localhost', 'Origin: https://localhost'), [200])
})

async function signIn(door: OpenedDoor): Promise<string> {
  const response = await fetch(door.door.signInLink(), { redirect: 'manual' })
  assert.equal(response.status, 303)
  assert.equal(response.headers.get('location'), '/')
  const cookie = response.headers.get('set-cookie') ?? ''
  assert.ok(cookie.startsWith(`hearth_session_${new URL(door.url).port}=`))
  assert.match(cookie, /^hearth_session_\d+=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/)
  return cookie.split(';')[0] ?? ''
}

test('a link signs one browser in, once', async () => {
  await using door = await openDoor()
  const link = door.door.signInLink()
  // A look at the link does not spend it.
  assert.equal((await fetch(link, { redirect: 'manual', method: 'HEAD' })).status, 405)
  assert.equal((await fetch(link, { redirect: 'manual' })).status, 303)
  const again = await fetch(link, { redirect: 'manual' })
  assert.equal(again.status, 401)
  assert.equal(((await again.json()) as { code: string }).code, 'sign-in.link-spent')
  const shown = await fetch(link, { redirect: 'manual', headers: { accept: 'text/html,*/*' } })
  assert.equal(shown.status, 401)
  assert.match(await shown.text(), /used already/)
  for (const query of ['', '?token=', '?token=a&token=b', '?token=__proto__']) {
    assert.equal((await fetch(`${door.url}/sign-in${query}`, { redirect: 'manual' })).status, 401)
  }
})

test('a session counts like the key, from our own pages only', async () => {
  await using door = await openDoor()
  const cookie = `Cookie: other=1; ${await signIn(door)}`
  const read = 'GET /api/v1/notes'
  const missing = [401, 'auth.key-missing']
  assert.deepEqual(await ask(door, read, cookie), [200])
  assert.deepEqual(await ask(door, read, cookie, 'Sec-Fetch-Site: same-origin'), [200])
  assert.deepEqual(await ask(door, read, cookie, 'Sec-Fetch-Site: same-site'), missing)
  assert.deepEqual(await ask(door, read, cookie, 'Sec-Fetch-Site: cross-site'), missing)
  const refused = [403, 'door.origin-refused']
  assert.deepEqual(await ask(door, call, cookie), refused)
  assert.deepEqual(await ask(door, call, cookie, 'Sec-Fetch-Site: same-site'), refused)
  assert.deepEqual(await ask(door, call, cookie, 'Sec-Fetch-Site: none'), refused)
  assert.deepEqual(await ask(door, call, cookie, 'Origin: http://127.0.0.1:9'), refused)
  assert.deepEqual(await ask(door, call, cookie, 'Sec-Fetch-Site: same-origin'), [200])
  assert.deepEqual(await ask(door, call, cookie, 'Origin: http://127.0.0.1'), [200])
  assert.deepEqual(await ask(door, call, `${cookie}x`, 'Origin: http://127.0.0.1'), missing)
  // A wrong key is not made good by a session.
  assert.deepEqual(await ask(door, read, cookie, 'Authorization: Bearer wrong'), [401, 'auth.key-unknown'])
})

test('a form signs in with the key, and out again for good', async () => {
  await using door = await openDoor()
  const form = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${door.url}${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: door.url, ...headers },
      body: new URLSearchParams(fields),
    })
  const refusal = async (response: Response): Promise<readonly unknown[]> => {
    const { status, code, title } = (await response.json()) as Record<string, unknown>
    return [response.status, status, code, title]
  }
  const unknown = [401, 401, 'auth.key-unknown', 'This key is not known']
  assert.deepEqual(await refusal(await form('/sign-in', { key: 'wrong' })), unknown)
  assert.deepEqual(await refusal(await form('/sign-in', {})), [401, 401, 'auth.key-missing', 'A key is needed'])
  const shown = await form('/sign-in', { key: 'wrong' }, { accept: 'text/html' })
  assert.equal(shown.status, 401)
  assert.match(await shown.text(), /role="alert">This key is not known here/)
  assert.equal((await form('/sign-in', { key }, { origin: 'http://evil.example' })).status, 403)
  const signedIn = await form('/sign-in', { key })
  assert.equal(signedIn.status, 303)
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  assert.deepEqual(await ask(door, 'GET /api/v1/notes', `Cookie: ${cookie}`), [200])
  assert.equal((await form('/sign-out', {}, { cookie, origin: 'http://evil.example' })).status, 403)
  assert.deepEqual(await ask(door, 'POST /sign-out', `Cookie: ${cookie}`), [403, 'door.origin-refused'])
  const signedOut = await form('/sign-out', {}, { cookie })
  assert.equal(signedOut.status, 303)
  assert.match(signedOut.headers.get('set-cookie') ?? '', /^hearth_session_\d+=; Max-Age=0;/)
  assert.deepEqual(await ask(door, 'GET /api/v1/notes', `Cookie: ${cookie}`), [401, 'auth.key-missing'])
  const folder = join(door.data, 'sessions')
  for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
})

test('open metrics need no key', async () => {
  await using door = await openDoor({ config: { metrics: 'open' } })
  assert.deepEqual(await ask(door, 'GET /metrics'), [200])
  assert.deepEqual(await ask(door, 'GET /api/v1/status'), [401, 'auth.key-missing'])
})
