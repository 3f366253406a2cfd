import { innerExchange, type CallRecord, type ChatCall, type InnerEnd } from '@hearth/models'
import { HearthError, newId } from '@hearth/protocol'
import type { Caller } from '../feature.ts'
import { callKind, type HandedCall } from './effect.ts'

export interface InnerAsked {
  /** What asks, in the place of a door in the record: the name of an operation. */
  readonly door: string
  readonly model: string
  readonly call: ChatCall
  /** As `name@version`. */
  readonly template?: string
}

export interface InnerAnswered {
  readonly end: Exclude<InnerEnd, { readonly type: 'faulty' }>
  readonly record: CallRecord
}

/**
 * Asks a model for a caller as a door would: in the caller's name, within their budgets and what their key may use, through the policy, with
 * a record. Rejects where that is not known, and for faults of ours.
 */
export async function askModel(caller: Caller, { door, model, call, template }: InnerAsked): Promise<InnerAnswered> {
  const { tenant, home, kind, id: who } = caller.principal
  const id = newId('call', caller.now)
  const made = template === undefined ? {} : { template }
  const { exchange, ended } = innerExchange({
    id,
    asker: { tenant, home, kind, id: who },
    requestId: id,
    model,
    call,
    ...made,
  })
  const handed: HandedCall = { exchange, door }
  const address = { tenant, home, kind: 'call', id }
  const attached = await caller.attach({ kind: callKind, address, request: null, handed })
  const end = ended()
  if (end.type === 'faulty') throw new Error('a call of a model failed', { cause: end.error })
  if (attached.type !== 'done') throw new HearthError('models.cut', 'The call was cut short.')
  // Whoever is told of the call finds it in the ledger.
  await attached.rest
  return { end, record: attached.value as unknown as CallRecord }
}
