import assert from 'node:assert/strict'

// oxlint-disable-next-line typescript/no-explicit-any -- parts come as frames of any shape
type Part = any

export interface HeardText {
  readonly attempt: number
  readonly text: string
  readonly ended: boolean
}

/** What a strict client makes of parts: a delta has to follow what it has, of the same attempt. */
export class HeardTexts {
  readonly #steps = new Map<string, { readonly attempt: number; readonly begin: number; readonly text: string }>()

  take(part: Part): HeardText | undefined {
    const { type, step, attempt, offset, text } = part ?? {}
    const known = this.#steps.get(step)
    switch (type) {
      case 'text-reset':
        this.#steps.set(step, { attempt, begin: offset, text })
        return { attempt, text, ended: false }
      case 'text-delta': {
        const { begin = 0, text: before = '', attempt: of = attempt } = known ?? {}
        assert.deepEqual([attempt, offset], [of, begin + before.length], 'a delta follows what is there')
        this.#steps.set(step, { attempt, begin, text: before + text })
        return { attempt, text: before + text, ended: false }
      }
      case 'text-end':
        this.#steps.delete(step)
        return { attempt, text: known?.text ?? '', ended: true }
      default:
        return undefined
    }
  }
}
