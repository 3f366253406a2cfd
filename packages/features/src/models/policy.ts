import { actor } from '@hearth/kernel'
import { policySchema, type CallRecord, type Policy } from '@hearth/models'
import { HearthError, schema, type Address, type Json } from '@hearth/protocol'
import * as z from 'zod'
import { operation } from '../feature.ts'
import { tenantHome } from '../tenant.ts'
import { tried } from './calls.ts'
import { callsView } from './ledger.ts'

interface SetCommand {
  readonly type: 'set'
  readonly policy: Policy | null
}

interface PolicySet {
  readonly type: 'policy.set'
  readonly policy: Policy | null
}

export const policyDocument = 'models.policy'

/** How the tenant has models chosen. */
export const policyActor = actor<Policy | null, SetCommand, PolicySet>({
  kind: 'model-policy',
  personal: false,
  initial: null,
  shape: 1,
  events: { 'policy.set': [] },
  decide: (_state, { policy }) => ({ type: 'accept', events: [{ type: 'policy.set', policy }], answer: {} }),
  evolve: (_state, { policy }) => policy,
  reference: { name: policyDocument, of: (state) => state as Json },
})

const policyOf = (tenant: string): Address => ({ tenant, home: tenantHome, kind: 'model-policy', id: 'policy' })

export const setPolicy = operation({
  name: 'router.setPolicy',
  type: 'command',
  summary:
    'Say how models are chosen: rules in order, each with its conditions and a choice; aliases; what holds for every call. Null: as if nobody had said.',
  input: z.strictObject({ policy: policySchema.nullable() }),
  output: z.object({}),
  permission: 'router.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'POST', path: '/router/policy' },
  examples: [
    {
      title: 'One after the other, and cheap ones for what is simple',
      input: {
        policy: {
          aliases: [{ name: 'house', model: 'openai/gpt-5' }],
          rules: [
            { name: 'simple', when: [{ type: 'complexity', atMost: 0.2 }], choose: { type: 'cheapest' } },
            {
              when: [{ type: 'asked', any: ['house'] }],
              choose: { type: 'chain', models: ['openai/gpt-5', 'claude/*'] },
            },
          ],
          constraints: { mostUsd: '0.50' },
        },
      },
    },
  ],
  command: ({ policy }, { principal: { tenant } }) => ({
    address: policyOf(tenant),
    command: { type: 'set', policy },
  }),
})

export const getPolicy = operation({
  name: 'router.policy',
  type: 'read',
  summary: 'How models are chosen; null where nobody has said.',
  input: z.strictObject({}),
  output: z.object({ policy: policySchema.nullable() }),
  permission: 'router.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/router/policy' },
  examples: [{ title: 'As it is', input: {} }],
  read: (_input, { reference }) =>
    Promise.resolve({ policy: (reference(policyDocument) ?? null) as unknown as Policy | null }),
})

export const explain = operation({
  name: 'router.explain',
  type: 'read',
  summary:
    'Why a call went where it went: what was weighed, in which order places were asked, and what each of them did.',
  input: z.strictObject({ call: schema.id() }),
  output: z.object({
    asked: z.string(),
    provider: z.string().nullable(),
    model: z.string().nullable(),
    outcome: z.string(),
    why: z.string(),
    attempts: z.array(tried),
    /** What was weighed, where the policy or the caller left something open; else null. */
    explanation: schema.json(),
  }),
  permission: 'calls.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/router/explanations/{call}' },
  examples: [{ title: 'One call', input: { call: 'call_01' } }],
  read: async ({ call }, { principal: { tenant }, read }) => {
    const [row] = await read.rows(callsView, { tenant, home: tenantHome, key: call, limit: 1 })
    if (row === undefined)
      throw new HearthError('calls.unknown', 'There is no such call, or it is not in the ledger yet.')
    const record = JSON.parse(String(row['record'])) as CallRecord
    const { asked, provider, model, outcome, tries, explanation } = record
    return {
      asked,
      provider,
      model,
      outcome,
      why: whyOf(record),
      attempts: [...tries],
      explanation: explanation ?? null,
    }
  },
})

/** In a sentence, for people. */
function whyOf({ explanation, tries, continued, asked, outcome, detail, provider, model }: CallRecord): string {
  if (outcome === 'refusal') return `It was refused before anybody was asked: ${detail ?? 'no reason was kept'}.`
  const failed = tries.length > 1 ? ` ${tries.length - 1} tried before it failed.` : ''
  const after =
    continued === undefined ? failed : `${failed} What was lost in the middle of the answer was gone on with.`
  if (explanation === undefined) return `"${asked}" names the model, and ${provider}/${model} has it.${after}`
  const { rule, ruleName, choice, fit, candidates } = explanation
  const by =
    rule === null
      ? 'no rule of the policy speaks of it'
      : `rule ${rule + 1}${ruleName === undefined ? '' : ` (${ruleName})`} applied`
  return `Of ${candidates} candidates ${fit} could answer; ${by}, and the choice was "${choice}".${after}`
}
