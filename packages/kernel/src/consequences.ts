import type { Json } from '@hearth/protocol'
import type { Outcome, Settlement } from './actor.ts'
import { hopsBefore } from './asking.ts'
import type { CommandEnvelope } from './envelope.ts'
import type { Deciding } from './ground.ts'
import { homeKeyName } from './home-keys.ts'
import { formatEffectId, type EffectRow } from './ports/log.ts'
import { open } from './seal.ts'
import { hotOf, stage, type Staged } from './staging.ts'
import { absent, stageTold, type StagedAll, type StagedChain } from './telling.ts'

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
  #opened: { readonly request: Json } | null = null

  constructor(deciding: Deciding, row: EffectRow, outcome: Outcome) {
    this.effect = formatEffectId(row)
    this.kind = row.kind
    this.attempt = row.attempt
    this.outcome = outcome
    this.#deciding = deciding
    this.#row = row
  }

  get request(): Json {
    this.#opened ??= { request: requestOf(this.#deciding, this.#row) }
    return this.#opened.request
  }
}

function requestOf({ ground, draft }: Deciding, row: EffectRow): Json {
  if (row.person === null) return JSON.parse(row.request.toString('utf8')) as Json
  const name = homeKeyName(row.address.tenant, row.address.home, row.person)
  // Looked up and never made: the key of a forgotten person does not come back.
  const key = draft.newKeys.get(name) ?? ground.homeKey(name)
  if (key === undefined) throw new Error('the key of this home is destroyed')
  return JSON.parse(open(key, row.request, formatEffectId(row)).toString('utf8')) as Json
}
