import {
  formatUsd,
  parseUsd,
  policySchema,
  type Allowed,
  type CallRecord,
  type Policy,
  type RecordedCall,
  type Usage,
} from '@hearth/models'
import { formatInstant, HearthError, parseInstant, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Caller } from '../feature.ts'
import { invalid } from '../position-in.ts'
import { tenantHome } from '../tenant.ts'
import { allowedTo } from './allowed.ts'
import { callsView } from './ledger.ts'
import { registryOf } from './registry.ts'
import { simulationKind, type HandedSimulation, type SimulationResult } from './simulation.ts'

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER)
const dayMs = 86_400_000
const page = 500

export const simulatePolicy = operation({
  name: 'router.simulate',
  type: 'read',
  summary:
    'What calls of the past would have come to under another policy: where they would have gone, and at what cost and duration. Nobody is asked.',
  input: z.strictObject({
    policy: policySchema,
    /** The calls since then; those of the last day when absent. */
    since: schema.instant().optional(),
    /** The last of them, at most so many; 1000 when absent. */
    calls: z.int().min(1).max(5000).optional(),
  }),
  output: z.object({
    since: schema.instant(),
    calls: count,
    /** Calls that would have gone elsewhere. */
    moved: count,
    refused: count,
    /** Calls of which nothing is known that could be weighed: they failed, were answered from a cache, or did not chat. */
    left: count,
    /** Calls that nobody had judged by how hard they look: they are taken for simple. */
    unjudged: count,
    /** Of those whose cost is known on both sides. */
    cost: z.object({ calls: count, wasUsd: z.string(), wouldUsd: z.string() }),
    /** In all, of those that would have gone where answers have been timed. */
    ms: z.object({ calls: count, was: z.number(), would: z.number() }),
    /** From where to where, the most frequent first. */
    moves: z.array(
      z.object({
        was: z.string().nullable(),
        would: z.string().nullable(),
        refused: z.string().optional(),
        calls: count,
      }),
    ),
  }),
  permission: 'calls.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'POST', path: '/router/simulate' },
  examples: [{ title: 'Everything by the cheapest that can', input: { policy: { otherwise: { type: 'cheapest' } } } }],
  read: async ({ policy, since: from, calls: most = 1000 }, caller) => {
    const since = from === undefined ? caller.now - dayMs : instantIn(from)
    const records = await recordsSince(caller, since, most)
    const weighed = records.filter(canBeWeighed)
    const result = weighed.length === 0 ? nothing : await weigh(caller, policy as Policy, weighed)
    const { cost, ms } = result
    return {
      since: formatInstant(since),
      calls: result.calls,
      moved: result.moved,
      refused: result.refused,
      left: records.length - weighed.length,
      unjudged: weighed.filter(({ explanation }) => explanation === undefined).length,
      cost: { calls: cost.calls, wasUsd: formatUsd(BigInt(cost.was)), wouldUsd: formatUsd(BigInt(cost.would)) },
      ms: { calls: ms.calls, was: Math.round(ms.was), would: Math.round(ms.would) },
      moves: result.moves.map((one) => ({ ...one })),
    }
  },
})

function instantIn(text: string): number {
  const instant = parseInstant(text)
  if (instant.type !== 'instant') throw invalid('since', 'must be an instant, as 2026-05-01T08:00:00Z')
  return instant.ms
}

const nothing: SimulationResult = {
  calls: 0,
  moved: 0,
  refused: 0,
  cost: { calls: 0, was: '0', would: '0' },
  ms: { calls: 0, was: 0, would: 0 },
  moves: [],
}

async function recordsSince(
  { principal: { tenant }, read }: Caller,
  since: number,
  most: number,
): Promise<readonly CallRecord[]> {
  const records: CallRecord[] = []
  for (let after: string | undefined; records.length < most;) {
    const limit = Math.min(page, most - records.length)
    const from = after === undefined ? {} : { after }
    const rows = await read.rows(callsView, { tenant, home: tenantHome, backwards: true, limit, ...from })
    const recent = rows.filter((row) => Number(row['at']) >= since)
    records.push(...recent.map((row) => JSON.parse(String(row['record'])) as CallRecord))
    if (rows.length < limit || recent.length < rows.length) break
    after = rows.at(-1)?.key
  }
  return records
}

/** Vectors are made at the first, and by a cache for itself; documents are ranked at the others. */
const ofNoAnswers: ReadonlySet<string> = new Set(['/v1/embeddings', 'cache', '/v1/rerank', '/v2/rerank'])

const canBeWeighed = ({ outcome, tokens, door, saved }: CallRecord): boolean =>
  outcome === 'done' && tokens !== null && saved === undefined && !ofNoAnswers.has(door)

async function weigh(caller: Caller, policy: Policy, records: readonly CallRecord[]): Promise<SimulationResult> {
  const groups = new Map<string, { readonly allowed: Allowed; readonly calls: RecordedCall[] }>()
  for (const record of records) {
    const allowed = allowedTo(record.asker, (name) => caller.reference(name))
    const key = JSON.stringify(allowed)
    const group = groups.get(key) ?? { allowed, calls: [] }
    groups.set(key, group)
    group.calls.push(recalled(record))
  }
  const handed: HandedSimulation = { policy, groups: [...groups.values()] }
  const address = registryOf(caller.principal.tenant)
  const ended = await caller.attach({ kind: simulationKind, address, request: null, handed })
  if (ended.type !== 'done') throw new HearthError('models.cut', 'The simulation was cut short.')
  return ended.value as unknown as SimulationResult
}

/** What it took then is taken for what it would take: so long a prompt is known better now than it was estimated. */
function recalled(record: CallRecord): RecordedCall {
  const { id, asked, provider, model, tokens, explanation, wants = [], most, ms } = record
  const input = tokens?.input ?? 0
  const cost = record.costUsd === null ? undefined : parseUsd(record.costUsd)
  const task = wants.includes('tools') ? 'tools' : wants.includes('schema') ? 'extraction' : 'chat'
  return {
    id,
    asked,
    needs: { abilities: wants, input, least: input, ...(most === undefined ? {} : { output: most }) },
    complexity: { score: explanation?.complexity ?? 0, reasons: [], task },
    task: explanation?.task ?? task,
    answeredBy: provider === null || model === null ? null : `${provider}/${model}`,
    usage: usageOf(tokens),
    cost,
    ms,
  }
}

function usageOf(tokens: CallRecord['tokens']): Usage {
  const { input = 0, output = 0, cached = 0, written = 0, reasoning = 0 } = tokens ?? {}
  return {
    inputTokens: {
      total: input,
      noCache: Math.max(0, input - cached - written),
      cacheRead: cached,
      cacheWrite: written,
    },
    outputTokens: { total: output, text: Math.max(0, output - reasoning), reasoning },
  }
}
