import { monitorEventLoopDelay } from 'node:perf_hooks'

export interface LoopDelay extends Disposable {
  /** Of the last half to whole minute. */
  p99Ms(): number
}

const resolutionMs = 20
const windowMs = 30_000

export function watchLoopDelay(): LoopDelay {
  const now = monitorEventLoopDelay({ resolution: resolutionMs })
  // A sample is the time between two ticks, the wait for the tick included.
  const read = (): number => (now.count === 0 ? 0 : Math.max(0, now.percentile(99) / 1e6 - resolutionMs))
  let before = 0
  now.enable()
  const turn = setInterval(() => {
    before = read()
    now.reset()
  }, windowMs).unref()
  return {
    p99Ms: () => Math.round(Math.max(before, read()) * 100) / 100,
    [Symbol.dispose]: () => {
      clearInterval(turn)
      now.disable()
    },
  }
}
