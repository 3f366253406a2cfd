import { presentAsk, type CommandEnvelope, type KeepEnvelope, type Replied } from '@hearth/kernel'
import { HearthError, type ErrorIssue, type ErrorTable } from '@hearth/protocol'
import { presented } from '../call.ts'
import { requestIdIn } from '../correlation.ts'
import { unavailableBy } from '../store/away.ts'

export type Submittable = CommandEnvelope | KeepEnvelope

/** An envelope without the function that gives its answer a form: every worker has the same ones. */
export type Sent = Omit<CommandEnvelope, 'present'> | Omit<KeepEnvelope, 'present'>

/** How a worker answers another. `moved`: the share is not here, and nothing was decided. */
export type Reached =
  | { readonly type: 'replied'; readonly replied: Replied }
  | { readonly type: 'moved' }
  | {
      readonly type: 'failed'
      readonly code: string
      readonly detail: string
      readonly issues: readonly ErrorIssue[] | null
      readonly retryAfterSeconds: number | null
    }

export function toSent(envelope: Submittable): Sent {
  const sent: Sent & { present?: unknown } = { ...envelope }
  delete sent.present
  return sent
}

export function fromSent(sent: Sent, errors: ErrorTable): Submittable {
  const isAsk = sent.type === 'command' && sent.asked !== undefined
  return { ...sent, present: isAsk ? presentAsk : (answer) => presented(answer, errors, requestIdIn(sent.correlation)) }
}

export function failureOf(error: unknown): Reached {
  const { code, message, issues, retryAfterSeconds } =
    error instanceof HearthError
      ? error
      : (unavailableBy(error) ?? new HearthError('door.failed', 'Something went wrong in another worker.'))
  return {
    type: 'failed',
    code,
    detail: message,
    issues: issues ?? null,
    retryAfterSeconds: retryAfterSeconds ?? null,
  }
}

export const errorOf = ({ code, detail, issues, retryAfterSeconds }: Reached & { readonly type: 'failed' }) =>
  new HearthError(code, detail, {
    ...(issues === null ? {} : { issues }),
    ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
  })
