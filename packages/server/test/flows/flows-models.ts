import type { CallRecord } from '@hearth/models'
import { smallGguf } from './small-gguf.ts'
import { beginning, call, day, minute, pass, type Flow, type Step } from './flow.ts'

const recorded = (id: string, nano: number): CallRecord => ({
  id,
  at: beginning,
  asker: { tenant: 'main', home: 'ann', kind: 'key', id: 'key_1' },
  requestId: `request of ${id}`,
  door: '/v1/chat/completions',
  asked: 'gpt-4o-mini',
  provider: 'own',
  model: 'gpt-4o-mini',
  streamed: false,
  passed: true,
  outcome: 'done',
  tokens: { input: 10, output: 3, cached: 0, written: 0, reasoning: 0 },
  costUsd: '0.0000033',
  ms: 12,
  firstMs: null,
  tries: [{ provider: 'own', model: 'gpt-4o-mini', outcome: 'ok', ms: 12 }],
  charged: { nano, accounts: ['tenant'] },
})

/** What a process of the server tells by itself. */
const told = (name: string, kind: string, id: string, command: object, home = '~tenant'): Step => ({
  type: 'command',
  name,
  home,
  kind,
  id,
  command: command as { readonly type: string },
})

const lease = (holder: string): object => ({ type: 'lease', holder, atLeast: 100, needed: 5_000, wanted: 5_000 })

/** Of the first day of every flow, for a day. */
const term = '~texts.2030-01-01.1'
const openTerm = (key: string): object => ({ type: 'open', day: Math.floor(beginning / day), days: 1, key })
const keptText = { type: 'keep', asked: beginning, term, sealed: 'sealed' }

export const modelFlows: readonly Flow[] = [
  {
    name: 'a provider is added, replaced and removed',
    steps: [
      call('owner', 'providers.add', { name: 'own', kind: 'openai', baseUrl: 'http://127.0.0.1:1', key: 'one' }),
      call(
        'owner',
        'providers.add',
        { name: 'own', kind: 'openai', baseUrl: 'http://127.0.0.1:2', models: ['m'] },
        'other',
      ),
      call('owner', 'providers.list', {}),
      call('owner', 'providers.remove', { name: 'own' }),
      call('owner', 'providers.remove', { name: 'own' }, 'again'),
    ],
  },
  {
    name: 'a budget is set and leased, calls are recorded and settled, and what a process lost is given back',
    steps: [
      call('owner', 'budgets.set', {
        scope: 'tenant',
        limits: [
          { usd: 0.00001, per: 'day' },
          { usd: 0.000002, per: 'day', kind: 'soft' },
        ],
      }),
      told('leased', 'budget', 'tenant', lease('one')),
      told('recorded', 'call-ledger', 'calls', {
        type: 'record',
        from: 'one',
        batch: 1,
        calls: [recorded('call_1', 3_000)],
      }),
      told('told again', 'call-ledger', 'calls', {
        type: 'record',
        from: 'one',
        batch: 1,
        calls: [recorded('call_1', 3_000)],
      }),
      told('too much', 'budget', 'tenant', { ...lease('two'), atLeast: 50_000, needed: 50_000 }),
      pass(30 * minute),
      told('leased by another', 'budget', 'tenant', lease('two')),
      call('owner', 'budgets.reconcile', { scope: 'tenant', usd: 0.000001 }),
      call('owner', 'budgets.reconcile', { scope: 'tenant', usd: 1 }, 'more than was lost'),
      call('owner', 'calls.list', {}),
      call('owner', 'budgets.list', {}),
    ],
  },
  {
    name: 'how models are chosen is said, said otherwise, and left open again',
    steps: [
      call('owner', 'router.setPolicy', { policy: { otherwise: { type: 'fastest' } } }),
      call('owner', 'router.setPolicy', { policy: { aliases: [{ name: 'house', model: 'demo/demo' }] } }, 'otherwise'),
      call('owner', 'router.policy', {}),
      call('owner', 'router.setPolicy', { policy: null }, 'open again'),
    ],
  },
  {
    name: 'a file is added as a model that runs here, and removed',
    steps: [
      call('owner', 'models.add', { name: 'small', file: smallGguf() }),
      call('owner', 'providers.list', {}),
      call('owner', 'providers.remove', { name: 'small' }),
    ],
  },
  {
    name: 'what a model costs is said, a model of one’s own is promoted, the models of a provider are listed, and it is taken back',
    steps: [
      call('owner', 'providers.add', { name: 'own', kind: 'vllm', baseUrl: 'http://127.0.0.1:1' }),
      call('owner', 'models.declare', {
        provider: 'own',
        model: 'm',
        facts: { context: 1000, prices: { input: 10, output: 20 } },
      }),
      call('owner', 'models.declare', { provider: 'own', model: 'tuned', version: '1', id: 'm-1' }, 'of our own'),
      call('owner', 'models.declare', { provider: 'own', model: 'tuned', version: '1', state: 'retired' }, 'retired'),
      call('owner', 'models.refresh', { provider: 'own' }),
      call('owner', 'models.list', {}),
      call('owner', 'models.undeclare', { provider: 'own', model: 'tuned', version: '1' }),
      call('owner', 'models.undeclare', { provider: 'own', model: 'tuned' }, 'again'),
      call('owner', 'models.declared', {}),
    ],
  },
  {
    name: 'a template is set, changed, set back and removed',
    steps: [
      call('owner', 'templates.set', { name: 'greeting', body: 'Greet {{ name }}.' }),
      call('owner', 'templates.set', { name: 'greeting', body: 'Greet {{ name }} well.' }, 'changed'),
      call('owner', 'templates.set', { name: 'greeting', body: 'Greet {{ name }} well.' }, 'as it is'),
      call('owner', 'templates.rollback', { name: 'greeting', version: 1, note: 'shorter' }),
      call('owner', 'templates.versions', { name: 'greeting' }),
      call('owner', 'templates.remove', { name: 'greeting' }),
      call('owner', 'templates.remove', { name: 'greeting' }, 'again'),
    ],
  },
  {
    name: 'how much may be asked in a minute is limited, and not any more',
    steps: [
      call('owner', 'rates.set', { scope: 'tenant', requests: 60, tokens: 100_000 }),
      call('owner', 'rates.set', { scope: 'home:ann', tokens: 1000 }, 'of a home'),
      call('owner', 'rates.list', {}),
      call('owner', 'rates.set', { scope: 'tenant' }, 'not any more'),
    ],
  },
  {
    name: 'what is kept of calls is said, what was said in one is kept for its days, and then its key is destroyed',
    steps: [
      call('owner', 'texts.set', { scope: 'tenant', prompts: 'redacted', answers: 'whole', days: 1 }),
      call('owner', 'texts.set', { scope: 'home:ann', prompts: 'none' }, 'of a home'),
      call('owner', 'texts.setPatterns', { patterns: [{ name: 'staff', pattern: 'EMP-\\d{6}' }] }),
      call('owner', 'texts.get', {}),
      told('opened', 'text-term', 'term', openTerm('one'), term),
      told('opened by another', 'text-term', 'term', openTerm('two'), term),
      told('kept', 'call-text', 'call_1', keptText, 'ann'),
      told('told again', 'call-text', 'call_1', keptText, 'ann'),
      pass(3 * day),
      call('owner', 'texts.remove', {}, 'nothing is left of it'),
      call('owner', 'texts.set', { scope: 'tenant' }, 'open again'),
    ],
  },
  {
    name: 'which answers are kept is said, said otherwise, and taken back',
    steps: [
      call('owner', 'caches.set', { caches: { scope: 'home', seconds: 60 } }),
      call('owner', 'caches.set', { caches: { sampled: true, semantic: {} } }, 'otherwise'),
      call('owner', 'caches.get', {}),
      call('owner', 'caches.set', { caches: null }, 'open again'),
    ],
  },
  {
    name: 'a key has a budget, and then none',
    steps: [
      call('owner', 'keys.create', { name: 'a team', budget: { usd: 5, per: 'month' }, models: ['own/*'] }),
      call('owner', 'budgets.list', {}, 'with it'),
      call('owner', 'keys.change', ({ answers }) => ({
        id: answers.get('keys.create').id,
        budget: null,
        models: null,
      })),
      call('owner', 'budgets.list', {}, 'without'),
    ],
  },
]
