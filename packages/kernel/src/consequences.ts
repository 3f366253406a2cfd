import type { Json } from '@hearth/protocol'
import type { Outcome, Settlement } from './actor.ts'
import { hopsBefore } from './asking.ts'
import { unpackRequest, type AskedFor } from './codec.ts'
import type { CommandEnvelope } from './envelope.ts'
import type { Deciding } from './ground.ts'
import { homeKeyName } from './home-keys.ts'
import { formatEffectId, type EffectRow } from './ports/log.ts'
import { open } from './seal.ts'
import { absent, hotOf, stage, type Staged } from './staging.ts'
import { stageTold, type StagedAll, type StagedChain } from './telling.ts'

/** What a command leads to, with all that it tells. */
export function decideAll(deciding: Deciding, { address, command, asked }: CommandEnvelope): StagedAll {
  const hot = hotOf(deciding, address)
  const from = asked ?? { hops: 0 }
  const first = stage(deciding, hot, (context) => hot.definition.decide(hot.state, command, context), 0, {
    hops: from.hops,
    ...(asked === undefined ? {} : { asker: asked.asker }),
  })
  return stageTold(deciding, first, from.hops)
}

/** What the end of an effect leads to. Throws where its actor cannot take it. */
export function settle(deciding: Deciding, row: EffectRow, outcome: Outcome): Staged | StagedChain | typeof absent {
  const hot = hotOf(deciding, row.address)
  const settling = hot.definition.settle
  if (settling === undefined) throw new Error(`actors of kind ${hot.definition.kind} settle no effects`)
  const settlement = new Settling(deciding, row, outcome)
  const hops = hopsBefore(settlement)
  const staged = stageTold(
    deciding,
    stage(deciding, hot, (context) => settling(hot.state, settlement, context), 0, { hops }),
    hops,
  )
  if (staged !== absent && 'type' in staged) throw new Error(`a result was refused: ${staged.code}`)
  return staged
}

/**
 * The request is opened for those who look at it: for a timer, which asks for nothing, that would be a seventh of the work. A class,
 * since an object that is written out with a getter of its own is a new kind of object to the engine each time.
 */
class Settling implements Settlement {
  readonly effect: string
  readonly kind: string
  readonly attempt: number
  readonly outcome: Outcome
  readonly #deciding: Deciding
  readonly #row: EffectRow
  #opened: AskedFor | null = null

  constructor(deciding: Deciding, row: EffectRow, outcome: Outcome) {
    this.effect = formatEffectId(row)
    this.kind = row.kind
    this.attempt = row.attempt
    this.outcome = outcome
    this.#deciding = deciding
    this.#row = row
  }

  get request(): Json {
    this.#opened ??= openRequest(this.#deciding, this.#row)
    return this.#opened.request
  }
}

/** What the result of an effect carries on: that of whoever asked for it. A timer begins anew, as does what was asked for before it was written down. */
export function correlationOf(deciding: Deciding, row: EffectRow): string {
  if (row.kind === 'timer') return formatEffectId(row)
  try {
    return row.correlation ?? openRequest(deciding, row).correlation ?? formatEffectId(row)
  } catch {
    // Its actor may take the end of what cannot be opened any more.
    return formatEffectId(row)
  }
}

function openRequest({ ground, draft }: Deciding, row: EffectRow): AskedFor {
  if (row.person === null) return remembered(row, row.request)
  const name = homeKeyName(row.address.tenant, row.address.home, row.person)
  // Looked up and never made: the key of a forgotten person does not come back.
  const key = draft.newKeys.get(name) ?? ground.homeKey(name)
  if (key === undefined) throw new Error('the key of this home is destroyed')
  return remembered(row, open(key, row.request, formatEffectId(row)))
}

function remembered(row: EffectRow, opened: Buffer): AskedFor {
  const asked = unpackRequest(opened.toString('utf8'))
  if (asked.correlation !== null) row.correlation = asked.correlation
  return asked
}
