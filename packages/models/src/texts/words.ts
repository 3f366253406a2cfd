import type { Heard } from './listening-sink.ts'
import type { OwnPattern } from './redaction/own-patterns.ts'

/** How texts of a side are kept. */
export type TextKeeping = 'redacted' | 'whole'

/** What was said in one call, on its way to be kept. */
export interface TextJob {
  readonly prompt: { readonly value: unknown; readonly how: TextKeeping } | null
  readonly answer: { readonly heard: Heard; readonly how: TextKeeping } | null
  readonly patterns: readonly OwnPattern[]
}

/** As it is kept: JSON of each side. */
export interface KeptTexts {
  readonly prompt: string | null
  readonly answer: string | null
}
