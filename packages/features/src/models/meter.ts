import { parseUsd, type CallRecord } from '@hearth/models'
import type { CountedMetric } from '../feature.ts'

const lostRecords: CountedMetric = {
  name: 'model_records_lost_total',
  type: 'counter',
  help: 'Records of calls that were given up: the ledger could not be written for long, or did not take them.',
}

export const counted: readonly CountedMetric[] = [
  {
    name: 'model_calls_total',
    type: 'counter',
    help: 'Calls of models, by provider and by what came of them: ok, refusal, or how they failed.',
  },
  { name: 'model_attempts_total', type: 'counter', help: 'Tries at deployments, by provider and outcome.' },
  {
    name: 'model_tokens_total',
    type: 'counter',
    help: 'Tokens, by provider and kind: input, cached (of the input), output, reasoning (of the output).',
  },
  { name: 'model_cost_usd_total', type: 'counter', help: 'What calls cost, where the price is known, by provider.' },
  {
    name: 'model_call_seconds',
    type: 'histogram',
    help: 'How long calls of models took, from request to the end of the answer, by provider.',
  },
  {
    name: 'model_first_token_seconds',
    type: 'histogram',
    help: 'Until the first token of answers that are streamed, by provider.',
  },
  {
    name: 'model_cache_total',
    type: 'counter',
    help: 'Calls that were looked for among what is kept, by result: hit, semantic, miss.',
  },
  {
    name: 'model_cache_saved_tokens_total',
    type: 'counter',
    help: 'Tokens that were not asked for because an answer was kept, by kind: input, output.',
  },
  {
    name: 'model_cache_saved_usd_total',
    type: 'counter',
    help: 'What they would have cost, where the price is known.',
  },
  lostRecords,
]

const bounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/** Calls are counted at whoever was asked last; here where nobody was. */
const nobody = 'none'

export interface CallMeter {
  count(record: CallRecord): void
  lines(): string
}

export function createCallMeter(lost: () => number): CallMeter {
  const sums = new Map<string, Map<string, number>>()
  const add = (name: string, labels: string, by: number): void => {
    const family = sums.get(name) ?? new Map<string, number>()
    sums.set(name, family)
    family.set(labels, (family.get(labels) ?? 0) + by)
  }
  const observe = (name: string, provider: string, seconds: number): void => {
    for (const bound of bounds) if (seconds <= bound) add(`${name}_bucket`, `${provider},le="${bound}"`, 1)
    add(`${name}_bucket`, `${provider},le="+Inf"`, 1)
    add(`${name}_sum`, provider, seconds)
    add(`${name}_count`, provider, 1)
  }
  return {
    count: (record) => {
      const provider = `provider="${record.provider ?? nobody}"`
      add('model_calls_total', `${provider},outcome="${record.outcome === 'done' ? 'ok' : record.outcome}"`, 1)
      for (const tried of record.tries)
        add('model_attempts_total', `provider="${tried.provider}",outcome="${tried.outcome}"`, 1)
      for (const [kind, tokens] of Object.entries(record.tokens ?? {}))
        if (kind !== 'written') add('model_tokens_total', `${provider},kind="${kind}"`, tokens)
      if (record.costUsd !== null) add('model_cost_usd_total', provider, dollars(record.costUsd))
      countCache(record, add)
      observe('model_call_seconds', provider, record.ms / 1000)
      if (record.firstMs !== null) observe('model_first_token_seconds', provider, record.firstMs / 1000)
    },
    lines: () => {
      sums.set(lostRecords.name, new Map([['', lost()]]))
      return counted.flatMap((metric) => linesOf(metric, sums)).join('')
    },
  }
}

const dollars = (usd: string): number => Number(parseUsd(usd) ?? 0n) / 1_000_000_000_000

function countCache({ cache, saved }: CallRecord, add: (name: string, labels: string, by: number) => void): void {
  if (cache === undefined) return
  add('model_cache_total', `result="${cache}"`, 1)
  if (saved === undefined) return
  for (const kind of ['input', 'output'] as const)
    add('model_cache_saved_tokens_total', `kind="${kind}"`, saved.tokens?.[kind] ?? 0)
  if (saved.costUsd !== null) add('model_cache_saved_usd_total', '', dollars(saved.costUsd))
}

function linesOf({ name, type, help }: CountedMetric, sums: ReadonlyMap<string, ReadonlyMap<string, number>>) {
  const families = type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]
  const samples = families.flatMap((family) =>
    [...(sums.get(family) ?? [])].map(
      ([labels, value]) => `hearth_${family}${labels === '' ? '' : `{${labels}}`} ${value}\n`,
    ),
  )
  return samples.length === 0 ? [] : [`# HELP hearth_${name} ${help}\n# TYPE hearth_${name} ${type}\n`, ...samples]
}
