// shows: A1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProviderSetting } from '../../src/provider.ts'
import { ask, failureFrom } from './conformance/answer.ts'
import * as canon from './conformance/canon.ts'
import { chatAt, json, key, openedAt, recorded, type ProviderSubject, type Tried } from './conformance/subject.ts'
import { createUpstream } from './conformance/upstream.ts'
import { subjects } from './subjects.ts'

const subject = subjects.find(({ manifest }) => manifest.kind === 'github-copilot') as ProviderSubject
const question = ask('When is high tide?')

async function at(run: (tried: Tried) => Promise<void>): Promise<void> {
  await using upstream = await createUpstream()
  await run({ subject, upstream })
}

/** What is asked where, of a provider at its usual place. */
async function askedOf(ticket: object): Promise<readonly { readonly url: string; readonly headers: Headers }[]> {
  const asked: { readonly url: string; readonly headers: Headers }[] = []
  const open = await subject.manifest.open()
  const fetch: ProviderSetting['fetch'] = (input, init) => {
    asked.push({ url: String(input), headers: new Headers(init?.headers) })
    const body = asked.length === 1 ? JSON.stringify(ticket) : recorded(subject, 'text.json').toString('utf8')
    return Promise.resolve(new Response(body, { headers: { 'content-type': 'application/json' } }))
  }
  const options = { integration: 'of-ours' }
  const provider = open({ name: 'here', baseUrl: 'https://api.githubcopilot.com', key, fetch, options })
  await provider.chat?.('gpt-5').doGenerate(question)
  return asked
}

test('a token of GitHub’s is exchanged, and calls go where that says', async () => {
  const expires_at = Math.floor(Date.now() / 1000) + 1800
  const ticket = { token: 'tid=1;exp=2', expires_at, refresh_in: 1500 }
  const company = { ...ticket, endpoints: { api: 'https://api.business.githubcopilot.com' } }
  const [exchange, call] = await askedOf(company)
  assert.equal(exchange?.url, 'https://api.github.com/copilot_internal/v2/token')
  assert.equal(exchange?.headers.get('authorization'), `token ${key}`)
  assert.equal(call?.url, 'https://api.business.githubcopilot.com/chat/completions')
  assert.equal(call?.headers.get('authorization'), 'Bearer tid=1;exp=2')
  assert.equal(call?.headers.get('copilot-integration-id'), 'of-ours')
  assert.match(String(call?.headers.get('editor-version')), /^Hearth\//)
  assert.equal(call?.headers.get('user-agent'), 'Hearth')
  const [, plain] = await askedOf(ticket)
  assert.equal(plain?.url, 'https://api.githubcopilot.com/chat/completions')
  const [, open] = await askedOf({ ...ticket, endpoints: { api: 'http://127.0.0.1:1/' } })
  assert.equal(open?.url, 'https://api.githubcopilot.com/chat/completions')
})

test('who goes on, and whether there is a picture, is said with each request', () =>
  at(async (tried) => {
    tried.upstream.play(json(recorded(subject, 'text.json')))
    const model = await chatAt(tried)
    const headers = () => {
      const { headers: all } = tried.upstream.asked.at(-1) ?? assert.fail()
      return [all['x-initiator'], all['copilot-vision-request']]
    }
    await model.doGenerate(question)
    assert.deepEqual(headers(), ['user', undefined])
    await model.doGenerate({ prompt: canon.afterTools })
    assert.deepEqual(headers(), ['agent', undefined])
    const file = { type: 'file', mediaType: 'image/png', data: { type: 'data', data: canon.picture } } as const
    await model.doGenerate({ prompt: [{ role: 'user', content: [file] }] })
    assert.deepEqual(headers(), ['user', 'true'])
  }))

test('an account without Copilot is a matter of its key, and the token is not shown', () =>
  at(async (tried) => {
    const provider = await openedAt(tried)
    const said = { message: `Resource not accessible by ${key}`, documentation_url: 'https://docs.github.com' }
    for (const status of [401, 403, 404]) {
      tried.upstream.beside('/exchange', json(JSON.stringify(said), { status }))
      const failure = await failureFrom(provider.chat?.('gpt-5').doGenerate(question) ?? assert.fail())
      assert.deepEqual([failure.type, failure.status], ['key', status])
      assert.ok(!JSON.stringify(failure).includes(key))
    }
    assert.equal(tried.upstream.asked.length, 0)
  }))
