import type { ModelFailure } from '../failure.ts'
import type { CallHealth } from '../health/call.ts'

/** How often it is looked whether everybody waits in vain. */
const lookMs = 250
/** What has come meanwhile, where nothing could be done here, is read before that is believed. */
const againMs = 100

export interface WaitingSetting {
  /** So long the head of an answer is waited for. */
  readonly headMs: number
  /** And so long where nobody hears anything of a place that answered everybody a moment ago; undefined: as long. */
  readonly silentMs: number | undefined
  readonly health: Pick<CallHealth, 'isSilent'>
  /** Monotonic, in ms. */
  readonly now: () => number
}

/** Of one try, where another place is left to ask: for how long the head of its answer is waited for. */
export class Waiting {
  readonly #setting: WaitingSetting
  #timer: NodeJS.Timeout | undefined
  #isBelieved = false

  constructor(setting: WaitingSetting) {
    this.#setting = setting
  }

  /** How long the head is waited for at most. */
  get headMs(): number {
    return this.#setting.headMs
  }

  /** The provider is asked. `late` is called once, unless it is over before. */
  begin(late: (failure: ModelFailure) => void): void {
    const { headMs, silentMs, health, now } = this.#setting
    const began = now()
    const look = (): void => {
      const waited = now() - began
      if (waited >= headMs) return late(tooLate)
      if (silentMs !== undefined && waited >= silentMs && health.isSilent(silentMs)) {
        if (this.#isBelieved) return late(silent)
        this.#isBelieved = true
        return again(againMs)
      }
      this.#isBelieved = false
      again(silentMs === undefined ? headMs : lookMs, waited)
    }
    const again = (ms: number, waited = 0): void => {
      this.#timer = setTimeout(look, Math.max(1, Math.min(ms, headMs - waited)))
    }
    again(silentMs === undefined ? headMs : Math.min(silentMs, headMs))
  }

  /** The head has come, or the try has ended. */
  end(): void {
    clearTimeout(this.#timer)
  }
}

const tooLate: ModelFailure = { type: 'late', detail: 'it did not begin to answer in time' }
const silent: ModelFailure = { type: 'late', detail: 'it has stopped answering anybody' }
