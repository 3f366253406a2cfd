/** The text of one step of a turn, as far as it is written. */
export interface TurnText {
  readonly turn: string
  readonly step: string
  readonly attempt: number
  readonly text: string
  /** Nothing more comes of this attempt: what became of it is in what is watched. */
  readonly ended: boolean
}

interface Part {
  readonly type: string
  readonly turn: string
  readonly step: string
  readonly attempt: number
  readonly offset: number
  readonly text: string
}

const isPart = (part: unknown): part is Part =>
  typeof part === 'object' &&
  part !== null &&
  /^text-(delta|reset|end)$/.test(String((part as Part).type)) &&
  typeof (part as Part).step === 'string' &&
  typeof (part as Part).text === 'string'

/** Puts the parts of turns together, each attempt anew, whatever was missed. */
export class TurnTexts {
  readonly #steps = new Map<string, TurnText & { readonly begin: number }>()

  /** The text that a part belongs to, with it; undefined for what is no text, or does not follow what is here: a whole one follows then. */
  take(part: unknown): TurnText | undefined {
    if (!isPart(part)) return undefined
    const { type, turn, step, attempt, offset, text } = part
    const known = this.#steps.get(step)
    if (type === 'text-end') {
      const isSame = known?.attempt === attempt
      if (isSame) this.#steps.delete(step)
      return { turn, step, attempt, text: isSame ? known.text : '', ended: true }
    }
    const isReset = type === 'text-reset' || known === undefined || known.attempt !== attempt
    if (isReset && type === 'text-delta' && offset > 0) return undefined
    if (!isReset && offset !== known.begin + known.text.length) return undefined
    const now = { turn, step, attempt, text: isReset ? text : known.text + text, ended: false }
    this.#steps.set(step, { ...now, begin: isReset ? offset : known.begin })
    return now
  }
}
