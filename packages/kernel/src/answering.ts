import type { Position } from '@hearth/protocol'
import { isKept, type CommandEnvelope, type KeepEnvelope, type Reply } from './envelope.ts'
import { sealingKey, type Deciding } from './ground.ts'
import { homeKeyName, self } from './home-keys.ts'
import type { Waiting } from './inbox.ts'
import type { KeptAnswer } from './ports/log.ts'
import { open, seal } from './seal.ts'
import { slotOf } from './slot.ts'

type Answerable = CommandEnvelope | KeepEnvelope

export const dayOf = (at: number): number => Math.floor(at / 86_400_000)

const aboutAnswer = (key: { readonly scope: string; readonly hash: string }): string => `${key.scope}.${key.hash}`

/** Answers, and keeps the answer when the call had an idempotency key. What failed through our fault is not kept: it may be tried again. */
export function answer(deciding: Deciding, envelope: Answerable, reply: Reply, position: Position | null): void {
  const { ground, draft, replies } = deciding
  replies.push({ envelope, reply: { ...reply, position, replayed: false } })
  if (envelope.key === null || !isKept(reply)) return
  const { tenant, home } = envelope.type === 'keep' ? envelope : envelope.address
  const personal = envelope.type === 'keep' || ground.actors.get(envelope.address.kind)?.personal === true
  if (envelope.type === 'keep' && ground.forgottenAt(homeKeyName(tenant, home, self)) > (envelope.readAt ?? Infinity))
    return
  const sealing = personal ? sealingKey(deciding, tenant, home) : ground.master.answers
  draft.touch(slotOf(tenant, home))
  draft.keys.push({
    tenant,
    home,
    scope: envelope.key.scope,
    hash: envelope.key.hash,
    day: dayOf(ground.at),
    status: reply.status,
    person: personal ? self : null,
    body: seal(sealing, reply.body, aboutAnswer(envelope.key)),
  })
}

/** Gives a kept answer again. False when the call has no key, or one that was not used before. */
export function replay({ ground, replies }: Deciding, envelope: Answerable): boolean {
  const kept = envelope.key === null ? undefined : ground.kept(envelope.key.scope)
  if (kept === undefined || envelope.key === null) return false
  const body = kept.hash === envelope.key.hash ? openKept(ground, kept) : reused
  // A read does no harm again: it tells what is there now.
  const fresh = body === forgotten && envelope.type === 'keep' ? envelope.reply : null
  const reply =
    fresh !== null ? fresh : typeof body === 'string' ? { status: kept.status, body } : envelope.present(body)
  replies.push({ envelope, reply: { ...reply, position: null, replayed: typeof body === 'string' } })
  return true
}

const reused = {
  type: 'refused',
  code: 'idempotency.key-reused',
  detail: 'This idempotency key was used with another input.',
} as const

const forgotten = {
  type: 'refused',
  code: 'idempotency.answer-forgotten',
  detail: 'This was done, and what was answered then was forgotten with the person whom it was about.',
} as const

function openKept(ground: Deciding['ground'], kept: KeptAnswer): string | typeof forgotten {
  const name = kept.person === null ? null : homeKeyName(kept.tenant, kept.home, kept.person)
  const key = name === null ? ground.master.answers : ground.homeKey(name)
  // The key of a forgotten person is destroyed, and what was answered then with it.
  if (key === undefined) return forgotten
  try {
    return open(key, kept.body, aboutAnswer(kept)).toString('utf8')
  } catch (error) {
    if (name !== null && ground.forgottenAt(name) > 0) return forgotten
    throw error
  }
}

/** Replies come in the order of the batch; results have none. */
export function answerAll(batch: readonly Waiting[], { replies }: Deciding): void {
  let next = 0
  for (const waiting of batch) {
    const answered = replies[next]
    if (answered?.envelope !== waiting.envelope) continue
    next += 1
    waiting.resolve?.(answered.reply)
  }
}
