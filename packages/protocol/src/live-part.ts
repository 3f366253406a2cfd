import type { Json } from './json.ts'

/** What is told while an answer is on its way: not kept, not repeated, and lost where nobody listens or hears slowly. */
export interface LivePart {
  /** Noun and verb: `text-delta`, `progress`. */
  readonly type: string
  readonly [field: string]: Json
}

/** How far a long piece of work has come; `of` is null where nobody knows yet. */
export interface ProgressPart extends LivePart {
  readonly type: 'progress'
  readonly done: number
  readonly of: number | null
}

/**
 * What a step of a turn brings while it runs. `text-delta`: more of its text. `text-reset`: what was told of this step before does not
 * count, its text is this one; so each attempt but the first begins, and so does whoever comes in the middle or missed something.
 * `text-end`: the attempt is over, and what came of it is in the log. Any other type tells of the step at that place of its text.
 */
export interface StepPart extends LivePart {
  readonly turn: string
  readonly step: string
  readonly attempt: number
  /** Where `text` begins in the text of the step, in UTF-16 units; without a text, how long that was. */
  readonly offset: number
}

export interface StepText extends StepPart {
  readonly type: 'text-delta' | 'text-reset' | 'text-end'
  /** Empty at the end. */
  readonly text: string
}

export type Progressing = (done: number, of: number | null) => void

/** Tells of progress as parts, at most so often; the first and the last are always told. */
export function progressParts(
  tell: ((part: ProgressPart) => void) | undefined,
  everyMs = 200,
  now: () => number = () => performance.now(),
): Progressing {
  if (tell === undefined) return () => undefined
  let last = Number.NEGATIVE_INFINITY
  return (done, of) => {
    const time = now()
    if (time - last < everyMs && done !== of) return
    last = time
    tell({ type: 'progress', done, of })
  }
}
