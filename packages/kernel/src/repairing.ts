import { formatAddress, type Address, type Json, type Position } from '@hearth/protocol'
import { refuse, type Outcome, type Refusal, type Tagged } from './actor.ts'
import { decideAll, settle } from './consequences.ts'
import type { Answer, Asked, CommandEnvelope, Repair, RepairWay } from './envelope.ts'
import type { Deciding } from './ground.ts'
import { homeKeyName, self } from './home-keys.ts'
import { formatEffectId, type DeadLetter, type EffectAside } from './ports/log.ts'
import { open } from './seal.ts'
import { absent } from './staging.ts'
import { writeAll } from './telling.ts'
import { Unfoldable } from './unfoldable.ts'

export interface Repaired {
  readonly answer: Answer
  readonly position: Position | null
}

/** What a person says becomes of what was set aside. */
export function repair(deciding: Deciding, envelope: CommandEnvelope, { what, as }: Repair): Repaired | typeof absent {
  const { ground } = deciding
  if ('letter' in what) {
    const letter = ground.aside?.letters.find(({ command }) => command === what.letter)
    return letter === undefined ? refused(gone) : repairLetter(deciding, envelope, letter, as)
  }
  const name = formatEffectId(what.effect)
  const found = ground.aside?.effects.find((row) => formatEffectId(row) === name)
  if (found === undefined || formatAddress(found.address) !== formatAddress(envelope.address)) return refused(gone)
  // What the batch has at hand it knows by the envelope's own address.
  const effect = { ...found, address: envelope.address }
  return as === 'again' ? runAgain(deciding, effect) : settleBy(deciding, envelope, effect, as)
}

const gone = refuse('effects.not-aside', 'It was not set aside, or is not any more.')

const refused = ({ code, detail }: Refusal): Repaired => ({ answer: { type: 'refused', code, detail }, position: null })

const accepted = (output: Json, position: Position | null): Repaired => ({
  answer: { type: 'accepted', output },
  position,
})

/** The next attempt is recorded when it begins, as any that waits for its time. */
function runAgain({ ground, draft, retried }: Deciding, { state: _state, ...row }: EffectAside): Repaired {
  const next = { ...row, attempt: row.attempt > 0 ? -row.attempt : row.attempt, due: ground.now }
  draft.touch(row.slot)
  draft.change(next, 'owed', null)
  retried.push(next)
  return accepted({ id: formatEffectId(row), state: 'owed' }, null)
}

function settleBy(
  deciding: Deciding,
  { principal, correlation }: CommandEnvelope,
  row: EffectAside,
  as: 'done' | 'failed',
): Repaired | typeof absent {
  const id = formatEffectId(row)
  const outcome: Outcome =
    as === 'done' ? { type: 'done', value: null } : { type: 'failed', reason: 'a person gave it up' }
  const staged = trying(() => settle(deciding, row, outcome))
  if (staged === absent) return absent
  if ('code' in staged) return refused(staged)
  deciding.draft.touch(row.slot)
  const position = writeAll(deciding, staged, { principal, causation: id, correlation })
  deciding.draft.settle(row, row.address.tenant)
  return accepted({ id, state: 'settled' }, position)
}

/** Its actor may be the very reason why it was set aside. */
function trying<T>(settling: () => T): T | Refusal {
  try {
    return settling()
  } catch (error) {
    if (error instanceof Unfoldable) throw error
    return refuse('effects.cannot-settle', 'Its actor cannot take this end.')
  }
}

interface Kept {
  readonly command: Tagged
  /** Set where an actor of another home asked for it. */
  readonly asked?: Asked
}

function repairLetter(
  deciding: Deciding,
  envelope: CommandEnvelope,
  letter: DeadLetter,
  as: RepairWay,
): Repaired | typeof absent {
  const { draft } = deciding
  const id = `command.${letter.command}`
  if (as === 'failed') {
    draft.touch(letter.slot)
    draft.mend(letter)
    return accepted({ id, state: 'settled' }, null)
  }
  if (as === 'done') return refused(refuse('effects.not-decided', 'A command that was not decided cannot be done.'))
  const opened = openLetter(deciding, envelope.address, letter)
  if (opened === undefined) return refused(refuse('effects.unreadable', 'What was set aside cannot be read any more.'))
  const { command, asked } = opened
  // Whoever asked was told that it failed, and went on from there.
  if (asked !== undefined)
    return refused(refuse('effects.asked-by-another', 'Another home asked for this, and knows that it failed.'))
  const staged = decideAgain(deciding, { ...envelope, command })
  if (staged === absent) return absent
  if ('type' in staged) return refused(staged)
  draft.touch(letter.slot)
  draft.mend(letter)
  return accepted({ id, state: 'settled' }, writeAll(deciding, staged, { ...envelope, causation: letter.command }))
}

function decideAgain(deciding: Deciding, envelope: CommandEnvelope): ReturnType<typeof decideAll> {
  try {
    return decideAll(deciding, envelope)
  } catch (error) {
    if (error instanceof Unfoldable) throw error
    return refuse('command.failed', 'The command still could not be decided. It stays set aside.')
  }
}

/** Undefined where its key is destroyed, or it is damaged: a command that fails at it would be a letter of its own. */
function openLetter({ ground, draft }: Deciding, { tenant, home }: Address, letter: DeadLetter): Kept | undefined {
  const name = homeKeyName(tenant, home, letter.person ?? self)
  const key = letter.person === null ? ground.master.answers : (draft.newKeys.get(name) ?? ground.homeKey(name))
  if (key === undefined) return undefined
  try {
    return JSON.parse(open(key, letter.body, letter.command).toString('utf8')) as Kept
  } catch {
    return undefined
  }
}
