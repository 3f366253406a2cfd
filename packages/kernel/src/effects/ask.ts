import { canonicalJson, formatAddress, HearthError, type Json } from '@hearth/protocol'
import { askKindName, barBefore, type AskAnswer, type AskRequest } from '../asking.ts'
import type { Answer, CommandEnvelope, Replied } from '../envelope.ts'
import { digest, type MasterKey } from '../seal.ts'
import type { Attempt, AttemptResult, EffectKind } from './kind.ts'

interface Ways {
  submit(envelope: CommandEnvelope): Promise<Replied>
  readonly master: MasterKey
}

const attemptMs = 15_000
const longestPauseMs = 30_000

/**
 * Carries asks to other homes. The effect's id is the key under which the other home answers once, so an attempt may be made again
 * whatever became of the one before; it is, until the answer is certain.
 */
export function askKind({ submit, master }: Ways): EffectKind {
  // An attempt that took too long may still be decided: the next one waits for it, or both would be in one batch under one key.
  const inFlight = new Map<string, Promise<Replied>>()
  const once = (envelope: CommandEnvelope): Promise<Replied> => {
    const { id } = envelope
    const before = inFlight.get(id)
    if (before !== undefined) return before
    const reply = submit(envelope).finally(() => inFlight.delete(id))
    inFlight.set(id, reply)
    return reply
  }
  return {
    kind: askKindName,
    delivery: 'idempotent',
    concurrency: 256,
    groupConcurrency: 32,
    group: (request) => (request as unknown as AskRequest).to.home,
    timeoutMs: attemptMs,
    backoffMs: (next) => Math.min(50 * 2 ** Math.min(next, 12), longestPauseMs),
    run: async (request, attempt) => {
      const barred = barBefore(request as unknown as AskRequest, attempt.address)
      if (barred !== null) return { type: 'done', value: barred as unknown as Json }
      try {
        const { status, body } = await once(envelopeOf(request, attempt, master))
        return status === notYet
          ? { type: 'retryable', reason: body }
          : { type: 'done', value: JSON.parse(body) as Json }
      } catch (error) {
        return failed(error)
      }
    },
  }
}

function envelopeOf(request: Json, { id, address: asker, correlation }: Attempt, master: MasterKey): CommandEnvelope {
  const { to, command, deadline, hops } = request as unknown as AskRequest
  const text = canonicalJson({ to, command })
  return {
    type: 'command',
    id,
    address: to,
    command,
    principal: formatAddress(asker),
    correlation,
    key: { scope: digest(master, `\nask\n${id}`), hash: digest(master, text) },
    bytes: 200 + 2 * text.length,
    asked: { asker, hops, deadline },
    present: presentAsk,
  }
}

/** The other home can neither accept nor refuse until what it needs is there. */
const notYet = 503

// A refusal by a fault of ours is not kept under the key; it is final all the same, since deciding again would throw again.
export function presentAsk(answer: Answer): { readonly status: number; readonly body: string } {
  if (answer.type === 'refused' && answer.forNow === true) return { status: notYet, body: answer.code }
  const told: AskAnswer = answer
  const status = answer.type === 'accepted' ? 200 : answer.code === 'command.failed' ? 500 : 409
  return { status, body: JSON.stringify(told) }
}

function failed(error: unknown): AttemptResult {
  const code = error instanceof HearthError ? error.code : null
  const reason = error instanceof Error ? error.message : String(error)
  return code === 'command.refused-by-store' ? { type: 'terminal', reason } : { type: 'retryable', reason }
}
