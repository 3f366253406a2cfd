import type { ModelFacts } from '../../src/catalog/index.ts'
import type { HealthView } from '../../src/health/index.ts'
import type { ChatCall } from '../../src/language.ts'
import { complexityOf, needsOf, type Candidate, type Needs, type RouteInput } from '../../src/router/index.ts'

/** `provider/model`, or with `#key`. */
export function candidate(name: string, facts: Partial<ModelFacts> = {}, more: Partial<Candidate> = {}): Candidate {
  const [path = ''] = name.split('#')
  const slash = path.indexOf('/')
  const provider = path.slice(0, slash)
  const model = path.slice(slash + 1)
  return {
    id: name,
    provider,
    kind: provider,
    model,
    facts: {
      provider,
      id: model,
      type: 'chat',
      known: true,
      context: 100_000,
      prices: { input: 1_000_000, output: 2_000_000 },
      can: { tools: true, structured: 'schema', images: true, audio: false, reasoning: true },
      ...facts,
    },
    ...more,
  }
}

/** Costs that many dollars a million, both ways. */
export const priced = (name: string, dollars: number, facts: Partial<ModelFacts> = {}): Candidate =>
  candidate(name, { prices: { input: dollars * 1_000_000, output: dollars * 1_000_000 }, ...facts })

export const ready = (more: Partial<HealthView> = {}): HealthView => ({
  standing: { type: 'ready' },
  inFlight: 0,
  ...more,
})

export const health =
  (views: Readonly<Record<string, HealthView>>) =>
  ({ id }: Candidate): HealthView | undefined =>
    views[id]

export const saying = (text: string, more: Partial<ChatCall> = {}): ChatCall => ({
  prompt: [{ role: 'user', content: [{ type: 'text', text }] }],
  ...more,
})

export const plainNeeds: Needs = { abilities: [], input: 100, least: 50 }

export const asking = (candidates: readonly Candidate[], more: Partial<RouteInput> = {}): RouteInput => ({
  asked: 'auto',
  needs: plainNeeds,
  complexity: { score: 0, reasons: [], task: 'chat' },
  policy: {},
  candidates,
  random: () => 0.5,
  ...more,
})

export const ofCall = (call: ChatCall): Pick<RouteInput, 'needs' | 'complexity'> => ({
  needs: needsOf(call),
  complexity: complexityOf(call),
})
