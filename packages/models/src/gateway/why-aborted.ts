import type { ModelFailure } from '../failure.ts'

/** What aborts a call says why, where it is not the client who left. */
export const whyAborted = ({ reason }: AbortSignal): ModelFailure =>
  reason instanceof Error && reason.name === 'TimeoutError'
    ? { type: 'late', detail: reason.message }
    : { type: 'stopped', detail: 'nobody waits for it any more' }
