import type { ErrorTable } from '../errors.ts'

export const timeErrors = {
  'time.instant-invalid': { status: 400, title: 'That is not an instant' },
  'time.local-invalid': { status: 400, title: 'That is not a local time' },
  'time.out-of-range': { status: 400, title: 'Only the years 1970 to 9999 are kept' },
  'time.zone-unknown': { status: 400, title: 'That zone is not known' },
} as const satisfies ErrorTable

export type TimeErrorCode = keyof typeof timeErrors

/** An expected failure. `message` may be shown to anyone. */
export interface TimeFailure {
  readonly type: 'failure'
  readonly code: TimeErrorCode
  readonly message: string
}

export function timeFailure(code: TimeErrorCode, message: string): TimeFailure {
  return { type: 'failure', code, message }
}
