import type { HealthView } from '../health/view.ts'
import type { Candidate } from './candidate.ts'
import type { Fit } from './fit.ts'
import type { Choice } from './policy.ts'

export interface Judged {
  readonly candidate: Candidate
  readonly health: HealthView | undefined
  readonly fit: Fit
  /** Where the choice wants it, before anything is compared. */
  readonly place: number
}

/** Who may answer, on its way into the order. */
export interface Placed extends Judged {
  /** Behind others in the same place: 1 where it fails often, 2 where nobody knows whether it will do. */
  readonly band: number
  /** What is compared, less being better. */
  readonly figure: number
  /** Random, so that equals share the calls. */
  readonly tie: number
}

/** Calls of the last minute that failed, beyond which a deployment comes after its equals. */
const failsOften = 0.25

export function place(fitting: readonly Judged[], choice: Choice, random: () => number): readonly Placed[] {
  const figureOf = figuresFor(choice, fitting)
  const seed = Math.floor(random() * 0x1_0000_0000)
  return fitting
    .map(({ candidate, health, fit, place: at }, index): Placed => {
      const fails = (health?.errorRate ?? 0) >= failsOften
      const band = fit.unsure !== 0 ? 2 : fails ? 1 : 0
      return { candidate, health, fit, place: at, band, figure: figureOf(fit, health), tie: mixed(seed ^ index) }
    })
    .sort(byStanding)
}

const byStanding = (a: Placed, b: Placed): number =>
  a.place - b.place ||
  a.band - b.band ||
  compared(a.figure, b.figure) ||
  (a.health?.inFlight ?? 0) - (b.health?.inFlight ?? 0) ||
  a.tie - b.tie

/** Infinities of one sign are equal. */
const compared = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1)

type Figures = (fit: Fit, health: HealthView | undefined) => number

const unknown = Number.POSITIVE_INFINITY

function figuresFor(choice: Choice, fitting: readonly { readonly fit: Fit }[]): Figures {
  switch (choice.type) {
    case 'fastest': {
      const usual = medianMs(fitting)
      return ({ ms }, health) => durationStep((ms ?? usual) / (1 - Math.min(health?.errorRate ?? 0, 0.9)))
    }
    case 'best':
      // Where quality was measured it counts; the others come after, the dearest first: what makers ask for is what they think of it.
      return ({ quality, price }) => (quality === undefined ? 1 / (1 + (price ?? 0)) : -quality)
    default:
      return ({ price }) => price ?? unknown
  }
}

/** Within a tenth of one another they are as fast, and share the calls. */
const durationStep = (ms: number): number => Math.floor(Math.log(Math.max(1, ms)) / Math.log(1.1))

/** Stands in for those that were not measured, so that they are tried and then known. */
export function medianMs(fitting: readonly { readonly fit: Fit }[]): number {
  const measured = fitting.flatMap(({ fit }) => fit.ms ?? []).sort((a, b) => a - b)
  return measured[measured.length >> 1] ?? 0
}

/** Spreads the bits of a number, so that the order of many is that of chance. */
function mixed(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
