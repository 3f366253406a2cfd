import type { EffectId, EffectRow } from '@hearth/kernel'

// Numbers in the place of names, exact in a double up to 2^39 events a slot: of an effect within its slot, and within all of
// them. Effects with larger ordinals get a row of their own.
export const ordinals = 64
export const numberOf = ({ sequence, ordinal }: EffectId): number => sequence * ordinals + ordinal

/** Effects of one slot in asking order: few, of which the first ones end first. */
export class AskingOrder {
  readonly rows: EffectRow[]

  constructor(rows: readonly EffectRow[]) {
    this.rows = rows.toSorted((one, other) => numberOf(one) - numberOf(other))
  }

  find(id: EffectId): EffectRow | undefined {
    const row = this.rows[this.#placeOf(id)]
    return row?.sequence === id.sequence && row.ordinal === id.ordinal ? row : undefined
  }

  add(row: EffectRow): void {
    const place = this.#placeOf(row)
    if (place === this.rows.length) this.rows.push(row)
    else this.rows.splice(place, 0, row)
  }

  remove(id: EffectId): boolean {
    if (this.find(id) === undefined) return false
    this.rows.splice(this.#placeOf(id), 1)
    return true
  }

  /** Of the first that is not before it. */
  #placeOf(id: EffectId): number {
    const number = numberOf(id)
    let [from, to] = [0, this.rows.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if (numberOf(this.rows[middle] as EffectRow) < number) from = middle + 1
      else to = middle
    }
    return from
  }
}
