/** How much an actor's state weighs, as JSON: measured now and then, since measuring costs as much as writing it down. */
export interface Weight {
  readonly measured: number
  /** Events folded since then. */
  readonly since: number
}

export const largestState = 1024 * 1024
export const largestEvent = 256 * 1024

export const weightless: Weight = { measured: 0, since: 0 }

export const weightOf = ({ measured, since }: Weight): number => measured + since

/** The weight after events of so many bytes. A state that may have outgrown the limit is measured, the others as they grow. */
export function grown(weight: Weight, bytes: number, state: unknown): Weight {
  const since = weight.since + bytes
  const isDue = since > Math.max(512, weight.measured / 4) || weight.measured + since > largestState
  return isDue ? weigh(state) : { measured: weight.measured, since }
}

export const weigh = (state: unknown): Weight => ({
  measured: Buffer.byteLength(JSON.stringify(state) ?? ''),
  since: 0,
})

/** JSON in UTF-8 takes one to three bytes for each UTF-16 unit: most texts need no counting. */
export const exceeds = (text: string, limit: number): boolean =>
  text.length > limit || (text.length * 3 > limit && Buffer.byteLength(text) > limit)
