import assert from 'node:assert/strict'
import {
  formatEffectId,
  inOrder,
  type EffectRow,
  type EffectState,
  type LogRow,
  type LogWriter,
  type SlotState,
} from '@hearth/kernel'
import type { Address } from '@hearth/protocol'
import { chance, type Chance } from '../../soak/random.ts'
import { casesOf } from '../case.ts'
import { addressIn, after, emptyBatch, numberOf, only, rowOf, type LogSubject } from './subject.ts'

interface Known {
  readonly row: EffectRow
  readonly state: EffectState
}

const at = rowOf({ slot: 0, epoch: 0, sequence: 0, actors: 0, head: Buffer.alloc(0) }, { tenant: '' } as LogSubject).at

/** A slot whose effects are asked for, settled, tried again and set aside at random, and a simple book of what is owed. */
class History {
  readonly #draw: Chance
  readonly #subject: LogSubject
  readonly #slot: number
  readonly #address: Address
  readonly #known = new Map<string, Known>()
  #version = 0

  constructor(subject: LogSubject, seed: string) {
    this.#draw = chance(seed, 'history of effects')
    this.#subject = subject
    this.#slot = subject.slot()
    this.#address = addressIn(subject)
  }

  async run(): Promise<void> {
    let owner = 0
    let writer = this.#subject.log.writer(`owner-${this.#slot}-${owner}`)
    let held: SlotState = only(await writer.claim([this.#slot], 'take'))
    for (let step = 0; step < 40; step += 1) {
      held = await this.#commit(writer, held)
      if (this.#draw.happens(0.15)) held = only(await writer.claim([this.#slot], 'keep'))
      if (this.#draw.happens(0.1)) {
        await writer[Symbol.asyncDispose]()
        owner += 1
        writer = this.#subject.log.writer(`owner-${this.#slot}-${owner}`)
        held = only(await writer.claim([this.#slot], 'take'))
      }
      await this.#compare(writer, step)
    }
    await writer[Symbol.asyncDispose]()
  }

  async #commit(writer: LogWriter, held: Parameters<typeof after>[0]): Promise<typeof held> {
    const draw = this.#draw
    const rows: LogRow[] = []
    const asked: EffectRow[] = []
    let sequence = held.sequence
    for (let count = draw.whole(0, 3); count > 0; count -= 1) {
      const events = draw.whole(1, 3)
      const person = draw.happens(0.5) ? 'self' : null
      const place = { sequence: sequence + 1, events, version: (this.#version += events), person }
      rows.push(rowOf(held, this.#subject, place))
      for (let ordinal = 0; ordinal < draw.whole(0, 3); ordinal += 1) asked.push(this.#ask(place, ordinal))
      sequence += events
    }
    const isFirst = held.actors === 0 && rows.length > 0
    const actors = isFirst ? [{ actor: numberOf(this.#slot), slot: this.#slot, address: this.#address }] : []
    const next = { ...after(held, sequence - held.sequence), actors: isFirst ? 1 : held.actors }
    const { settled, changed } = this.#befall()
    const batch = { ...emptyBatch, slots: [{ before: held, after: next }], rows, actors, asked, settled, changed }
    assert.deepEqual(await writer.append(batch), { type: 'committed' })
    for (const id of settled) this.#known.delete(formatEffectId(id))
    for (const change of changed) {
      const { row } = this.#known.get(formatEffectId(change)) as Known
      this.#known.set(formatEffectId(change), {
        row: { ...row, due: change.due, attempt: change.attempt },
        state: change.state,
      })
    }
    for (const row of asked) this.#known.set(formatEffectId(row), { row, state: 'owed' })
    return next
  }

  #ask(place: Pick<LogRow, 'sequence' | 'person'>, ordinal: number): EffectRow {
    const draw = this.#draw
    return {
      slot: this.#slot,
      sequence: place.sequence,
      ordinal: draw.happens(0.05) ? ordinal + 100 : ordinal,
      actor: numberOf(this.#slot),
      address: this.#address,
      kind: draw.pick([
        [6, 'call'],
        [2, 'timer'],
        [1, 'quote " and , {brace}'],
      ]),
      due:
        at +
        draw.pick([
          [6, 0],
          [1, -draw.whole(0, 500)],
          [2, draw.whole(1, 500)],
        ]),
      attempt: draw.happens(0.9) ? 1 : draw.whole(0, 3),
      person: draw.happens(0.9) ? place.person : 'self',
      request: draw.happens(0.5) ? Buffer.from('{"é":"😀"}') : Buffer.from('null'),
    }
  }

  #befall() {
    const draw = this.#draw
    const settled: (EffectRow & { readonly tenant: string })[] = []
    const changed = []
    const { tenant } = this.#subject
    for (const { row } of this.#known.values()) {
      if (draw.happens(0.3)) settled.push({ ...row, tenant })
      else if (draw.happens(0.2)) {
        const state = draw.pick<EffectState>([
          [3, 'owed'],
          [1, 'dead'],
          [1, 'stuck'],
        ])
        changed.push({ ...row, tenant, state, due: row.due + 7, attempt: row.attempt + 1, failure: 'why' })
      }
    }
    return { settled, changed }
  }

  async #compare(writer: LogWriter, step: number): Promise<void> {
    for (const which of ['timers', 'others'] as const) {
      const expected = [...this.#known.values()]
        .filter(({ row, state }) => state === 'owed' && (row.kind === 'timer') === (which === 'timers'))
        .map(({ row }) => row)
        .toSorted(inOrder)
      assert.deepEqual(await writer.owed([this.#slot], which, null, 1000), expected, `${which} after step ${step}`)
      const [first] = expected
      if (first === undefined) continue
      const rest = await writer.owed([this.#slot], which, first, 2)
      assert.deepEqual(rest, expected.slice(1, 3), `${which} after the first, after step ${step}`)
    }
  }
}

export const owedHistoryCases = casesOf<LogSubject>('history of effects', {
  'whatever befell them, and whoever takes the slot over, what is owed is owed and nothing else': async (subject) => {
    for (let seed = 0; seed < 8; seed += 1) await new History(subject, String(seed)).run()
  },
})
