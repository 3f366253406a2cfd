import { bitOf, obstacles, restingBits, type Demands, type Obstacle } from './fit.ts'
import { obstaclesOf } from './explanation.ts'
import type { Judged } from './order.ts'

export interface Refusal {
  /**
   * `models.unknown`: nobody has what was asked for. `models.too-long`: the prompt fits into none that would do otherwise.
   * `models.resting`: those that would do are all out of order or have had enough for now. `models.none-fits`: what is asked, no
   * model that may be asked can.
   */
  readonly code: 'models.unknown' | 'models.too-long' | 'models.resting' | 'models.none-fits'
  /** May be shown to whoever asked. */
  readonly detail: string
  /** What would have to change for one to fit: of that which lacks least. */
  readonly unmet: readonly Obstacle[]
  /** Until the first of those that rest may be asked again. */
  readonly afterMs?: number
}

const besideBits = bitOf.asked | bitOf.rule

export function refusalOf(asked: string, judged: readonly Judged[], demands: Demands): Refusal {
  const left = judged.filter(({ fit }) => (fit.obstacles & besideBits) === 0)
  if (left.length === 0) return unknown(asked, judged)
  const resting = left.filter(({ fit }) => (fit.obstacles & ~restingBits) === 0)
  if (resting.length > 0) return waiting(resting)
  const lacking = left.map(({ fit }) => fit.obstacles & ~restingBits)
  if (lacking.includes(bitOf['too-long'])) return tooLong(left, demands)
  const nobody = lacking.reduce((all, bits) => all & bits)
  const least = lacking.reduce((a, b) => (ones(b) < ones(a) ? b : a))
  const detail =
    nobody === 0
      ? `Each of what is needed some model has, but none has all of it. The closest does not meet: ${said(least)}.`
      : `No model that may be asked meets: ${said(nobody)}.`
  return { code: 'models.none-fits', detail, unmet: obstaclesOf(nobody === 0 ? least : nobody) }
}

function unknown(asked: string, judged: readonly Judged[]): Refusal {
  const isOfRule = judged.some(({ fit }) => fit.obstacles === bitOf.rule)
  const name = asked.length <= 100 ? asked : `${asked.slice(0, 99)}…`
  const detail =
    judged.length === 0
      ? 'There is no model to choose from: no provider has been added that has one.'
      : isOfRule
        ? 'The rule of the policy that was applied speaks of models that no provider has.'
        : `No provider is known to have the model "${name}". models.list shows what there is.`
  return { code: 'models.unknown', detail, unmet: [isOfRule ? 'rule' : 'asked'] }
}

function waiting(resting: readonly Judged[]): Refusal {
  const afterMs = Math.min(
    ...resting.map(({ health }) => (health?.standing.type === 'resting' ? health.standing.forMs : 0)),
  )
  const why = resting.reduce((all, { fit }) => all | fit.obstacles, 0)
  const detail = `All that would do are at rest for the moment: ${said(why)}.`
  return { code: 'models.resting', detail, unmet: obstaclesOf(why), afterMs: Math.max(0, Math.ceil(afterMs)) }
}

function tooLong(left: readonly Judged[], { needs }: Demands): Refusal {
  const windows = left
    .filter(({ fit }) => (fit.obstacles & ~restingBits) === bitOf['too-long'])
    .map(({ candidate: { facts } }) => Math.min(facts.context ?? 0, facts.input ?? Number.POSITIVE_INFINITY))
  const detail = `The prompt is of ${needs.least} tokens at the least, and the longest that fits is of ${Math.max(...windows)}.`
  return { code: 'models.too-long', detail, unmet: ['too-long'] }
}

function ones(bits: number): number {
  let count = 0
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1
  return count
}

const words: Readonly<Record<Obstacle, string>> = {
  asked: 'the name that was asked for',
  rule: 'the rule that was applied',
  'model-not-allowed': 'the models that the policy allows',
  'provider-not-allowed': 'the providers that the policy allows',
  'data-policy': 'the care for data that is asked for',
  region: 'the regions that are allowed',
  'no-chat': 'that it chats',
  'no-vectors': 'that it makes vectors',
  'no-ranking': 'that it ranks',
  retired: 'that it is still served',
  tools: 'tools',
  schema: 'answers that keep to a JSON schema',
  json: 'answers in JSON',
  images: 'images in the prompt',
  audio: 'sound in the prompt',
  video: 'film in the prompt',
  pdf: 'PDF in the prompt',
  reasoning: 'reasoning',
  logprobs: 'log probabilities',
  streaming: 'streaming',
  'too-long': 'the length of the prompt',
  output: 'the length of the answer',
  price: 'the most that a call may cost',
  latency: 'the time that an answer may take',
  quality: 'the quality that is asked for',
  failing: 'it has failed',
  key: 'its key is cooling down',
  'key-refused': 'its provider does not take the key that it was given: providers.add gives it another',
  limit: 'its rate limit is used up',
}

const said = (bits: number): string =>
  obstacles
    .filter((name) => (bits & bitOf[name]) !== 0)
    .map((name) => words[name])
    .join('; ')
