import { HearthProblem, HearthUnreachable, type HearthFailure } from './errors.ts'

const passing: ReadonlySet<number> = new Set([429, 502, 503, 504])

const firstWaitMs = 200
const longestWaitMs = 10_000
/** A server that wants to be left alone for longer is told of, not waited for. */
const longestAskedSeconds = 60

export const isFailure = (error: unknown): error is HearthFailure =>
  error instanceof HearthProblem || error instanceof HearthUnreachable

/** Whether the same may succeed later. */
export function mayPass(error: HearthFailure): boolean {
  if (error instanceof HearthUnreachable) return true
  return passing.has(error.status) && (error.retryAfter ?? 0) <= longestAskedSeconds
}

/** How long to wait before trying again for the `retry`th time, 1 first: longer each time, never less than the server asked for. */
export function waitBefore(retry: number, error: HearthFailure): number {
  const whole = Math.min(firstWaitMs * 2 ** Math.min(retry - 1, 16), longestWaitMs)
  // Half by chance, so that those who failed together do not come back together.
  const wait = whole / 2 + (Math.random() * whole) / 2
  const asked = error instanceof HearthProblem ? error.retryAfter : undefined
  return asked === undefined ? wait : asked * 1000 + wait / 2
}

/** Seconds, from either form of the header. */
export function retryAfterOf(header: string | null): number | undefined {
  if (header === null) return undefined
  if (/^\d+$/.test(header)) return Number(header)
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, (at - Date.now()) / 1000)
}

/** Rejects with the signal's reason as soon as it is aborted. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', aborted)
    }
    const aborted = (): void => {
      end()
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      end()
      resolve()
    }, ms)
    if (signal?.aborted === true) aborted()
    else signal?.addEventListener('abort', aborted)
  })
}
