import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ForeignRequest, ForeignRoute } from '@hearth/features'
import { HearthError } from '@hearth/protocol'
import { openDoor, type OpenedDoor } from './opened-door.ts'

const common = {
  method: 'POST',
  summary: 'Asks somebody.',
  permission: 'models.use',
  consequence: 'send',
  mostBytes: 1000,
  refused: (error, status) => ({ status, body: { refused: error.code } }),
} as const satisfies Partial<ForeignRoute>

type Answer = (request: Omit<ForeignRequest, 'statusOf'>) => void

/** A door whose foreign routes answer as they are told; what is thrown comes after what was answered. */
async function openForeign(answers: Readonly<Record<string, Answer>>, idHeader?: string): Promise<OpenedDoor> {
  const opened = await openDoor({ prepared: false })
  const routes = Object.keys(answers).map((path) => ({ ...common, path, idHeader: () => idHeader, answer: never }))
  const foreign: OpenedDoor['hearth']['foreign'] = {
    routes,
    call: async ({ route, request }) => answers[route.path]?.(request),
  }
  Object.assign(opened.hearth, { foreign })
  const open = await opened.door.prepare(opened.hearth)
  open()
  return opened
}

const never = (): Promise<void> => Promise.reject(new Error('answered elsewhere'))

const whole = ({ sink }: Pick<ForeignRequest, 'sink'>, text: string): void => {
  sink.head(200, { 'content-type': 'text/plain', 'content-length': String(text.length) })
  sink.end(Buffer.from(text))
}

test('what was answered comes whole, also where a fault of ours follows it, which is logged', async () => {
  await using door = await openForeign({
    '/v1/fault': (request) => {
      whole(request, 'all of it')
      throw new Error('a fault of ours')
    },
  })
  const answer = await door.post('/v1/fault', {})
  assert.deepEqual([answer.status, await answer.text()], [200, 'all of it'])
  assert.deepEqual(
    door.logged.filter(({ level }) => level === 'error').map(({ message }) => message),
    ['a request failed'],
  )
})

test('answers that are written together each reach whoever asked, in one connection and in many', async () => {
  await using door = await openForeign({
    '/v1/echo': (request) => whole(request, (request.json() as { readonly text: string }).text),
  })
  const texts = Array.from({ length: 200 }, (_, at) => `text ${at}`)
  const answers = await Promise.all(texts.map(async (text) => (await door.post('/v1/echo', { text })).text()))
  assert.deepEqual(answers, texts)
})

test('what is thrown before anything was answered is refused in the form of the route, with its id where clients look for it', async () => {
  const refuse: Answer = () => {
    throw new HearthError('input.invalid', 'No.')
  }
  await using door = await openForeign(
    { '/v1/no': refuse, '/v1/yes': (request) => whole(request, 'yes') },
    'request-id',
  )
  const refused = await door.post('/v1/no', {})
  assert.deepEqual([refused.status, await refused.json()], [400, { refused: 'input.invalid' }])
  const answered = await door.post('/v1/yes', {})
  for (const { headers } of [refused, answered]) {
    assert.ok(headers.get('x-request-id'))
    assert.equal(headers.get('request-id'), headers.get('x-request-id'))
  }
})

test('an answer that breaks off does not look as if it were whole, and one that never came is not waited for', async () => {
  await using door = await openForeign({
    '/v1/half': ({ sink }) => {
      sink.head(200, { 'content-type': 'text/plain' })
      sink.write('half')
      throw new Error('a fault of ours')
    },
    '/v1/none': () => undefined,
  })
  await assert.rejects(async () => (await door.post('/v1/half', {})).text())
  const none = await door.post('/v1/none', {})
  assert.deepEqual([none.status, await none.json()], [500, { refused: 'door.failed' }])
})

test('what comes behind the end of an answer goes nowhere', async () => {
  await using door = await openForeign({
    '/v1/twice': (request) => {
      whole(request, 'first')
      request.sink.write('more')
      request.sink.end('second')
    },
  })
  const answer = await door.post('/v1/twice', {})
  assert.deepEqual([answer.status, await answer.text()], [200, 'first'])
})
