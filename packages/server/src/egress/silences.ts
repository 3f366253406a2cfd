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

/** Looks come a little early or late. */
const toleranceMs = 50

/**
 * Notices silence a second or two late: one look at all costs far less than a timer for each. Time goes on from look to look, and not while
 * nothing runs here: what came while the process stood still is read before anybody is called silent.
 */
export function createSilences({ everyMs = 1000, now = () => performance.now() } = {}): Silences {
  const all: Watched[] = []
  let looking: NodeJS.Timeout | undefined
  let [looked, clock] = [now(), 0]
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
    clock += Math.min(at - looked, everyMs)
    looked = at
    // From the end: the last takes the place of one that leaves.
    for (let place = all.length - 1; place >= 0; place -= 1) {
      const watched = all[place]
      if (watched === undefined) continue
      const { one } = watched
      if (one.hasStirred) {
        one.hasStirred = false
        watched.since = clock
      } else if (clock - watched.since >= one.mostMs - toleranceMs) {
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
      // It counts from the next look on.
      one.hasStirred = true
      const watched = { one, place: all.length, since: clock }
      all.push(watched)
      if (looking === undefined) {
        looked = now()
        looking = setInterval(look, everyMs).unref()
      }
      return () => remove(watched)
    },
  }
}
