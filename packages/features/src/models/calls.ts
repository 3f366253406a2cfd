import type { CallRecord } from '@hearth/models'
import { allows, formatInstant, HearthError, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation } from '../feature.ts'
import { tenantHome } from '../tenant.ts'
import { callsView } from './ledger.ts'
import { textsOf } from './texts/reading.ts'

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

/** One try at one deployment. */
export const tried = z.object({
  provider: z.string(),
  model: z.string(),
  outcome: z.string(),
  ms: z.number(),
  status: z.int().optional(),
  /** So many calls went out in one request. */
  together: z.int().optional(),
})

const item = z.object({
  id: z.string(),
  at: schema.instant(),
  /** Who asked: the home that they acted in, what sort of caller they are, and which one. */
  home: z.string(),
  caller: z.string(),
  callerKind: z.string(),
  requestId: z.string(),
  door: z.string(),
  asked: z.string(),
  /** What it was made from, as `name@version`. */
  template: z.string().optional(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  /** Of a model of the tenant's own. */
  version: z.string().optional(),
  streamed: z.boolean(),
  /** Whether its bytes went as they were. */
  passed: z.boolean(),
  outcome: z.string(),
  detail: z.string().optional(),
  inputTokens: count.nullable(),
  outputTokens: count.nullable(),
  cachedTokens: count.nullable(),
  reasoningTokens: count.nullable(),
  /** Absent where no price is known. */
  costUsd: z.string().optional(),
  ms: z.number(),
  firstMs: z.number().nullable(),
  /** `hit` or `semantic` where it was answered with what was kept, `replay` where it was sent again, `miss` where it was not; absent where no cache was asked. */
  cache: z.string().optional(),
  /** What that answer had taken and cost. */
  savedTokens: count.optional(),
  savedUsd: z.string().optional(),
  /** How often another model was asked to go on with an answer whose model was lost. */
  continued: z.int().min(1).optional(),
  attempts: z.array(tried),
})

export const list = operation({
  name: 'calls.list',
  type: 'read',
  summary: 'List the calls of models, the last first: who asked whom, what came of it, what it took and cost.',
  input: z.strictObject({
    ...schema.listInput,
    provider: schema.id().optional(),
    outcome: schema.id().optional(),
    /** The id of who asked: of a key, or `owner`. */
    caller: schema.id().optional(),
  }),
  output: schema.list(item),
  permission: 'calls.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/calls' },
  examples: [
    { title: 'The last ten', input: { limit: 10 } },
    { title: 'Those that a provider refused', input: { provider: 'openai', outcome: 'refused' } },
  ],
  read: async ({ limit = 100, after, provider, outcome, caller }, { principal: { tenant }, read }) => {
    const given = [provider, outcome, caller].filter((one) => one !== undefined)
    if (given.length > 1) {
      const issues = [{ path: 'provider', message: 'only one of provider, outcome and caller can be given' }]
      throw new HearthError('input.invalid', 'Give one of provider, outcome and caller.', { issues })
    }
    const where = {
      ...(provider === undefined ? {} : { provider }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(caller === undefined ? {} : { asker: caller }),
    }
    const from = after === undefined ? {} : { after }
    const rows = await read.rows(callsView, {
      tenant,
      home: tenantHome,
      where,
      backwards: true,
      limit: limit + 1,
      ...from,
    })
    const items = rows.slice(0, limit).map((row) => toItem(JSON.parse(String(row['record'])) as CallRecord))
    return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
  },
})

const side = z.enum(['none', 'redacted', 'whole'])

export const get = operation({
  name: 'calls.get',
  type: 'read',
  summary:
    'Give one call of a model. What was said in it comes with it where it is kept, for the owner and for keys with the scope texts.read.',
  input: z.strictObject({ id: schema.id() }),
  output: z.object({
    ...item.shape,
    /**
     * `kept`: they are in `texts`; `none`: they are not kept, or not written yet; `gone`: their days are over, or they were removed; `hidden`:
     * the caller may not see them.
     */
    textsState: z.enum(['kept', 'none', 'gone', 'hidden']),
    texts: z
      .object({
        /** How each side was kept. */
        prompts: side,
        answers: side,
        /** The request in the protocol of its client, without pictures, sound and files. */
        prompt: schema.json(),
        /** What was said, part by part. */
        answer: schema.json(),
        /** They are gone by then. */
        until: schema.instant(),
      })
      .nullable(),
  }),
  permission: 'calls.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/calls/{id}' },
  examples: [{ title: 'One', input: { id: 'call_01' } }],
  errors: ['calls.unknown'],
  fleeting: true,
  read: async ({ id }, caller) => {
    const { tenant } = caller.principal
    const [row] = await caller.read.rows(callsView, { tenant, home: tenantHome, key: id, limit: 1 })
    if (row === undefined)
      throw new HearthError('calls.unknown', 'There is no such call, or it is not in the ledger yet.')
    const record = JSON.parse(String(row['record'])) as CallRecord
    const about = toItem(record)
    if (!allows(caller.principal, 'texts.read')) return { ...about, textsState: 'hidden' as const, texts: null }
    const found = await textsOf(caller, tenant, record.asker.home, id)
    if (typeof found === 'string') return { ...about, textsState: found, texts: null }
    return { ...about, textsState: 'kept' as const, texts: { ...found, until: formatInstant(found.until) } }
  },
})

function toItem(call: CallRecord): z.infer<typeof item> {
  const {
    asker,
    at,
    tokens,
    costUsd,
    tries,
    saved,
    charged: _charged,
    explanation: _why,
    wants: _wants,
    most: _most,
    ...rest
  } = call
  return {
    ...rest,
    at: formatInstant(at),
    home: asker.home,
    caller: asker.id,
    callerKind: asker.kind,
    inputTokens: tokens?.input ?? null,
    outputTokens: tokens?.output ?? null,
    cachedTokens: tokens?.cached ?? null,
    reasoningTokens: tokens?.reasoning ?? null,
    ...(costUsd === null ? {} : { costUsd }),
    ...(saved?.tokens == null ? {} : { savedTokens: saved.tokens.input + saved.tokens.output }),
    ...(saved?.costUsd == null ? {} : { savedUsd: saved.costUsd }),
    attempts: [...tries],
  }
}
