/** Of what is waited for somewhere: whether something came of it since it was last looked at, and for how long nothing may. */
export interface Quiet {
  /** Infinity: for as long as it takes. */
  readonly mostMs: number
  /** Set by whoever hears something, and taken back with each look. */
  hasStirred: boolean
  /** Nothing came for too long. It is looked after no more. */
  late(): void
}

interface Watched {
  readonly one: Quiet
  place: number
  since: number
}

export interface Silences {
  /** From now on; whoever adds one takes it away again. */
  watch(one: Quiet): () => void
}

/** Notices silence, up to a second late: one look at all costs far less than a timer for each. */
export function createSilences({ everyMs = 1000, now = () => performance.now() } = {}): Silences {
  const all: Watched[] = []
  let looking: NodeJS.Timeout | undefined
  const remove = (watched: Watched): void => {
    const { place } = watched
    if (place === -1) return
    watched.place = -1
    const last = all.pop() as Watched
    if (last === watched) return
    last.place = place
    all[place] = last
  }
  const look = (): void => {
    const at = now()
    // From the end: the last takes the place of one that leaves.
    for (let place = all.length - 1; place >= 0; place -= 1) {
      const watched = all[place]
      if (watched === undefined) continue
      const { one } = watched
      if (one.hasStirred) {
        one.hasStirred = false
        watched.since = at
      } else if (at - watched.since >= one.mostMs) {
        remove(watched)
        one.late()
      }
    }
    if (all.length > 0) return
    clearInterval(looking)
    looking = undefined
  }
  return {
    watch: (one) => {
      const watched = { one, place: all.length, since: now() }
      all.push(watched)
      looking ??= setInterval(look, everyMs).unref()
      return () => remove(watched)
    },
  }
}
