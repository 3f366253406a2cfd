import { formatAddress } from '@hearth/protocol'
import type { Refusal } from './actor.ts'
import { answer, replay } from './answering.ts'
import { barTo } from './asking.ts'
import type { Draft } from './draft.ts'
import { leaseMs } from './effects/kind.ts'
import {
  noneKept,
  type Answer,
  type CommandEnvelope,
  type Envelope,
  type KeepEnvelope,
  type Reply,
  type ResultEnvelope,
} from './envelope.ts'
import { repair } from './repairing.ts'
import { correlationOf, decideAll, settle } from './consequences.ts'
import { beginDeciding, sealingKey, type Deciding, type Ground } from './ground.ts'
import { self } from './home-keys.ts'
import { formatEffectId, type EffectRow, type EffectState } from './ports/log.ts'
import { seal } from './seal.ts'
import { slotOf } from './slot.ts'
import { absent, type Staged } from './staging.ts'
import { firstOf, writeAll, type StagedAll, type StagedChain } from './telling.ts'
import { Unfoldable } from './unfoldable.ts'

type Unsettled = Exclude<ResultEnvelope['result'], { type: 'settle' }>

/** Decides envelopes in order on the ground given. Its only outcome is what it returns, so a batch can be decided again. */
export function decideBatch(envelopes: readonly Envelope[], ground: Ground): Deciding {
  const deciding = beginDeciding(ground)
  for (const envelope of envelopes) {
    if (envelope.type === 'result') decideResult(deciding, envelope)
    else if (envelope.type === 'command') decideCommand(deciding, envelope)
    else keepAnswer(deciding, envelope)
  }
  if (deciding.trace !== null) deciding.trace.ended = ground.traceClock?.() ?? 0
  return deciding
}

function keepAnswer(deciding: Deciding, envelope: KeepEnvelope): void {
  let found = false
  try {
    found = replay(deciding, envelope)
  } catch {
    // A kept answer that does not open any more is as good as none; this one was read just now and changes nothing.
    deciding.replies.push({ envelope, reply: { ...(envelope.reply ?? noneKept), position: null, replayed: false } })
    return
  }
  if (found) return
  if (envelope.reply !== null) answer(deciding, envelope, envelope.reply, null)
  else deciding.replies.push({ envelope, reply: { ...noneKept, position: null, replayed: false } })
}

function decideCommand(deciding: Deciding, envelope: CommandEnvelope): void {
  let staged: StagedAll
  let reply: Reply
  try {
    if (replay(deciding, envelope)) return
    if (envelope.repairs !== undefined) {
      const repaired = repair(deciding, envelope, envelope.repairs)
      if (repaired !== absent) answer(deciding, envelope, envelope.present(repaired.answer), repaired.position)
      return
    }
    const { asked } = envelope
    const barred = asked === undefined ? null : barTo(deciding, envelope, asked)
    staged = barred ?? decideAll(deciding, envelope)
    if (staged === absent) return
    reply = envelope.present(answerOf(staged))
  } catch (error) {
    if (error instanceof Unfoldable) {
      deciding.unfoldable.push({ name: formatAddress(envelope.address), needs: error.needs })
      answer(deciding, envelope, envelope.present(refusalOf(error)), null)
    } else setAside(deciding, envelope, error)
    return
  }
  const position = 'type' in staged ? null : writeAll(deciding, staged, { ...envelope, causation: envelope.id })
  answer(deciding, envelope, reply, position)
}

const refusalOf = ({ code, message }: Unfoldable): Answer => ({ type: 'refused', code, detail: message, forNow: true })

const answerOf = (staged: Refusal | Staged | StagedChain): Answer =>
  'type' in staged
    ? { type: 'refused', code: staged.code, detail: staged.detail }
    : { type: 'accepted', output: firstOf(staged).acceptance.answer ?? null }

// A throw is deterministic: trying again would throw again. The command is kept for whoever mends the actor, sealed with the
// reason, since both may hold what a person wrote.
function setAside(deciding: Deciding, envelope: CommandEnvelope, error: unknown): void {
  const { ground, draft, replies } = deciding
  const { address, id } = envelope
  const { tenant, home } = address
  const slot = slotOf(tenant, home)
  const personal = ground.actors.get(address.kind)?.personal === true
  const key = personal ? sealingKey(deciding, tenant, home) : ground.master.answers
  draft.touch(slot)
  draft.dead.push({
    tenant,
    home,
    slot,
    at: ground.at,
    command: id,
    address: formatAddress(address),
    person: personal ? self : null,
    failure: error instanceof Error ? error.name : 'unknown',
    body: seal(key, JSON.stringify({ command: envelope.command, asked: envelope.asked, reason: reasonOf(error) }), id),
  })
  const detail = 'The command could not be decided. It is set aside.'
  const reply = envelope.present({ type: 'refused', code: 'command.failed', detail })
  replies.push({ envelope, reply: { ...reply, position: null, replayed: false } })
}

function decideResult(deciding: Deciding, envelope: ResultEnvelope): void {
  const { effect, attempt, result } = envelope
  const { ground, draft } = deciding
  const row = draft.latest(effect) ?? ground.owed(effect)
  if (row === undefined || draft.hasSettled(row) || row.attempt !== attempt) {
    deciding.stale.push(envelope)
    return
  }
  draft.touch(row.slot)
  if (result.type !== 'settle') {
    change(deciding, row, result)
    if (result.type !== 'begin' && result.type !== 'beat') deciding.ended.push({ row, how: result.type })
    return
  }
  try {
    const staged = settle(deciding, row, result.outcome)
    if (staged === absent) return
    const id = formatEffectId(row)
    writeAll(deciding, staged, { principal: 'hearth', causation: id, correlation: correlationOf(deciding, row) })
    draft.settle(row, row.address.tenant)
    deciding.ended.push({ row, how: result.outcome.type })
  } catch (error) {
    if (error instanceof Unfoldable) {
      deciding.unfoldable.push({ name: formatAddress(row.address), needs: error.needs })
      setEffectAside(draft, row, 'waiting', error.needs)
    } else {
      deciding.ended.push({ row, how: 'stuck' })
      setEffectAside(draft, row, 'stuck', reasonOf(error))
    }
  }
}

/** It goes on, at some time and with some attempt, or is set aside. */
function change({ ground, draft, ...deciding }: Deciding, row: EffectRow, result: Unsettled): void {
  switch (result.type) {
    case 'wait':
      setEffectAside(draft, row, 'waiting', result.needs)
      return
    case 'stuck':
    case 'dead':
      setEffectAside(draft, row, result.type, result.reason)
      return
    case 'retry':
    case 'unmade':
    case 'look-later': {
      const attempt = attemptAfter(result, row, ground.kind(row.kind).beginsApart)
      const next = { ...row, attempt, due: ground.now + result.afterMs }
      draft.change(next, 'owed', result.reason.slice(0, 500))
      deciding.retried.push(next)
      return
    }
    case 'begin': {
      const due = ground.kind(row.kind).leased ? ground.now + leaseMs : Math.min(row.due, ground.now)
      const begun = { ...row, attempt: 1 - row.attempt, due }
      draft.change(begun, 'owed', null)
      deciding.begun.push(begun)
      return
    }
    case 'beat': {
      const renewed = { ...row, due: ground.now + leaseMs }
      draft.change(renewed, 'owed', null)
      deciding.renewed.push(renewed)
    }
  }
}

/** Above zero it is recorded; else it is recorded, as the one after that number, in a commit of its own when it begins. */
function attemptAfter(result: Unsettled, { attempt }: EffectRow, beginsApart: boolean): number {
  if (result.type === 'retry') return result.recorded ? attempt + 1 : -attempt
  return result.type === 'unmade' && beginsApart ? 1 - attempt : attempt
}

const setEffectAside = (draft: Draft, row: EffectRow, state: Exclude<EffectState, 'owed'>, reason: string): void =>
  draft.change(row, state, reason.slice(0, 500))

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500)
