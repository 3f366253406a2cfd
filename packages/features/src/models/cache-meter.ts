import { parseUsd, type CallRecord } from '@hearth/models'
import type { CountedMetric } from '../feature.ts'

export const cacheCounted: readonly CountedMetric[] = [
  {
    name: 'model_cache_total',
    type: 'counter',
    help: 'Calls that were looked for among what is kept, by result: hit, semantic, miss; replay: sent again under the same key.',
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
]

export interface CacheMeter {
  count(record: Pick<CallRecord, 'cache' | 'saved'>): void
  lines(): string
}

/** What the caches of this process were worth. */
export function createCacheMeter(): CacheMeter {
  const results = new Map<string, number>()
  const tokens = new Map<string, number>()
  let dollars = 0
  const add = (to: Map<string, number>, name: string, by: number): void => void to.set(name, (to.get(name) ?? 0) + by)
  return {
    count: ({ cache, saved }) => {
      if (cache === undefined) return
      add(results, cache, 1)
      if (saved === undefined) return
      add(tokens, 'input', saved.tokens?.input ?? 0)
      add(tokens, 'output', saved.tokens?.output ?? 0)
      if (saved.costUsd !== null) dollars += Number(parseUsd(saved.costUsd) ?? 0n) / 1e12
    },
    lines: () => {
      if (results.size === 0) return ''
      const samples = [labelled('result', results), labelled('kind', tokens), [['', dollars] as const]]
      return cacheCounted.map((metric, at) => linesOf(metric, samples[at] ?? [])).join('')
    },
  }
}

type Sample = readonly [labels: string, value: number]

const labelled = (label: string, of: ReadonlyMap<string, number>): readonly Sample[] =>
  [...of].map(([name, value]) => [`{${label}="${name}"}`, value])

function linesOf({ name, type, help }: CountedMetric, samples: readonly Sample[]): string {
  if (samples.length === 0) return ''
  const lines = samples.map(([labels, value]) => `hearth_${name}${labels} ${value}\n`)
  return `# HELP hearth_${name} ${help}\n# TYPE hearth_${name} ${type}\n${lines.join('')}`
}
