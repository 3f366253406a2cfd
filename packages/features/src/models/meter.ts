import type { CallRecord } from '@hearth/models'
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
  lostRecords,
]

const bounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/** Calls are counted at whoever was asked last; here where nobody was. */
const nobody = 'none'

export interface CallMeter {
  count(record: CallRecord): void
  lines(): string
}

/** What is known of the calls of one provider. Counted for every call, and put into words when somebody asks. */
class Figures {
  readonly outcomes = new Map<string, number>()
  readonly attempts = new Map<string, number>()
  readonly tokens = new Map<string, number>()
  cost: number | null = null
  readonly seconds = new Histogram()
  readonly firstToken = new Histogram()
}

class Histogram {
  /** Of each bound those that are not within the one before; the last are beyond all. */
  readonly #within = new Array<number>(bounds.length + 1).fill(0)
  #sum = 0
  #count = 0

  observe(seconds: number): void {
    let at = 0
    while (at < bounds.length && seconds > (bounds[at] as number)) at += 1
    this.#within[at] = (this.#within[at] as number) + 1
    this.#sum += seconds
    this.#count += 1
  }

  samples(name: string, labels: string): readonly string[] {
    if (this.#count === 0) return []
    let sum = 0
    const buckets = this.#within.map((count, at) => {
      sum += count
      return `${name}_bucket{${labels},le="${bounds[at] ?? '+Inf'}"} ${sum}`
    })
    return [...buckets, `${name}_sum{${labels}} ${this.#sum}`, `${name}_count{${labels}} ${this.#count}`]
  }
}

const add = (to: Map<string, number>, name: string, by: number): void => void to.set(name, (to.get(name) ?? 0) + by)

export function createCallMeter(lost: () => number): CallMeter {
  const providers = new Map<string, Figures>()
  const figuresOf = (provider: string): Figures => {
    const known = providers.get(provider)
    if (known !== undefined) return known
    const figures = new Figures()
    providers.set(provider, figures)
    return figures
  }
  return {
    count: ({ provider, outcome, tries, tokens, costUsd, ms, firstMs }) => {
      const figures = figuresOf(provider ?? nobody)
      add(figures.outcomes, outcome === 'done' ? 'ok' : outcome, 1)
      for (const tried of tries) add(figuresOf(tried.provider).attempts, tried.outcome, 1)
      if (tokens !== null) {
        add(figures.tokens, 'input', tokens.input)
        add(figures.tokens, 'output', tokens.output)
        add(figures.tokens, 'cached', tokens.cached)
        add(figures.tokens, 'reasoning', tokens.reasoning)
      }
      if (costUsd !== null) figures.cost = (figures.cost ?? 0) + Number(costUsd)
      figures.seconds.observe(ms / 1000)
      if (firstMs !== null) figures.firstToken.observe(firstMs / 1000)
    },
    lines: () => counted.map((metric) => linesOf(metric, providers, lost())).join(''),
  }
}

function linesOf({ name, type, help }: CountedMetric, providers: ReadonlyMap<string, Figures>, lost: number): string {
  const samples =
    name === lostRecords.name
      ? [`${name} ${lost}`]
      : [...providers].flatMap(([provider, figures]) => samplesOf(name, `provider="${provider}"`, figures))
  if (samples.length === 0) return ''
  const lines = samples.map((sample) => `hearth_${sample}\n`)
  return `# HELP hearth_${name} ${help}\n# TYPE hearth_${name} ${type}\n${lines.join('')}`
}

function samplesOf(name: string, provider: string, figures: Figures): readonly string[] {
  const by = (label: string, of: ReadonlyMap<string, number>): readonly string[] =>
    [...of].map(([value, count]) => `${name}{${provider},${label}="${value}"} ${count}`)
  switch (name) {
    case 'model_calls_total':
      return by('outcome', figures.outcomes)
    case 'model_attempts_total':
      return by('outcome', figures.attempts)
    case 'model_tokens_total':
      return by('kind', figures.tokens)
    case 'model_cost_usd_total':
      return figures.cost === null ? [] : [`${name}{${provider}} ${figures.cost}`]
    case 'model_call_seconds':
      return figures.seconds.samples(name, provider)
    default:
      return figures.firstToken.samples(name, provider)
  }
}
