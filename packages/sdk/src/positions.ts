/** As many as a server takes in one header. */
const most = 64
/** What was written so long ago is everywhere by now, and a server that went back to a backup never comes to it. */
const keptMs = 10 * 60_000

interface Place {
  readonly sequence: number
  readonly notedAt: number
}

/** How far this client has written, by slot, so that what it reads shows it. */
export class Positions {
  readonly #places = new Map<string, Place>()

  /** Takes the highest of each slot from one position or several with commas between. */
  note(text: string | null | undefined): void {
    if (text === null || text === undefined) return
    const notedAt = Date.now()
    for (const [slot, sequence] of parsed(text)) {
      const known = this.#places.get(slot)?.sequence ?? -1
      // The slots written to last come last, and stay longest.
      this.#places.delete(slot)
      this.#places.set(slot, { sequence: Math.max(known, sequence), notedAt })
    }
    for (const slot of [...this.#places.keys()].slice(0, -most)) this.#places.delete(slot)
  }

  /** What to send with a read, together with what its caller asks for; undefined for nothing. */
  text(more?: string): string | undefined {
    const before = Date.now() - keptMs
    for (const [slot, { notedAt }] of this.#places) if (notedAt < before) this.#places.delete(slot)
    const own = [...this.#places].map(([slot, { sequence }]) => `${slot}.${sequence}`)
    if (more === undefined) return own.length === 0 ? undefined : own.join()
    // What is no position the server shall refuse.
    if (parsed(more).length < more.split(',').length) return more
    const all = new Positions()
    all.note(own.join())
    all.note(more)
    return all.text()
  }
}

function parsed(text: string): readonly (readonly [string, number])[] {
  const matches = text.split(',').map((part) => /^\s*(\d{1,3})\.(\d{1,15})\s*$/.exec(part))
  return matches.flatMap((match) => (match?.[1] === undefined ? [] : [[match[1], Number(match[2])] as const]))
}
