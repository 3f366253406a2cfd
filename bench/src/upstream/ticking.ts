/** Calls back at times to the millisecond: for a thousand streams one timer does. */
export interface Ticking {
  /** False from `step`: this was its last. */
  readonly every: (milliseconds: number, step: () => boolean) => void
}

interface Due {
  readonly at: number
  readonly every: number
  readonly step: () => boolean
}

export function startTicking(): Ticking {
  const due = new Map<number, Due[]>()
  let done = Math.floor(performance.now())
  let waiting = 0
  let timer: NodeJS.Timeout | null = null
  const put = (one: Due): void => {
    const tick = Math.max(done + 1, Math.ceil(one.at))
    const those = due.get(tick)
    if (those === undefined) due.set(tick, [one])
    else those.push(one)
  }
  const look = (): void => {
    const now = Math.floor(performance.now())
    while (done < now) {
      done += 1
      const those = due.get(done)
      if (those === undefined) continue
      due.delete(done)
      for (const one of those) {
        if (one.step()) put({ ...one, at: one.at + one.every })
        else waiting -= 1
      }
    }
    timer = waiting === 0 ? null : setTimeout(look, 1)
  }
  return {
    every: (milliseconds, step) => {
      const now = performance.now()
      if (timer === null) {
        done = Math.floor(now)
        timer = setTimeout(look, 1)
      }
      waiting += 1
      put({ at: now + milliseconds, every: milliseconds, step })
    },
  }
}
