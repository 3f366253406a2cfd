export interface Idle {
  /** Something has come. */
  heard(): void
  end(): void
}

/** Calls back once when nothing has come for so long. */
export function createIdle(ms: number, then: () => void): Idle {
  const timer = setTimeout(then, ms)
  return { heard: () => void timer.refresh(), end: () => clearTimeout(timer) }
}
