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
