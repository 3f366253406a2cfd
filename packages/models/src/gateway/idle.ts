export interface Idle {
  /** Something has come. */
  heard(): void
  /** Nothing can come until something is heard again: it is we who do not read. */
  hold(): void
  end(): void
}

/** Calls back once when nothing has come for so long. */
export function createIdle(ms: number, then: () => void): Idle {
  let isHeld = false
  const timer = setTimeout(() => {
    if (isHeld) timer.refresh()
    else then()
  }, ms)
  return {
    heard: () => {
      isHeld = false
      timer.refresh()
    },
    hold: () => {
      isHeld = true
    },
    end: () => clearTimeout(timer),
  }
}
