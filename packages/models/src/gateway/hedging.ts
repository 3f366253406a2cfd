import { HearthError } from '@hearth/protocol'
import type { Calling } from './calling.ts'
import { Race } from './race.ts'
import type { Tried } from './tried.ts'
import { tryOnce, type Entered, type RunPorts } from './try-once.ts'

/** Tries one place; and `another` beside it, where the policy wants that and nothing has come for a while. */
export async function tryFrom(
  ports: RunPorts,
  call: Calling,
  entered: Entered,
  signal: AbortSignal,
  another: () => Entered | null,
): Promise<Tried | HearthError> {
  const { hedgeMs } = ports
  if (hedgeMs === null) return tryOnce(ports, call, entered, signal, call.exchange)
  const race = new Race(call.exchange.sink)
  const enter = (one: Entered, number: number, asked?: () => void): Promise<Tried | HearthError> =>
    tryOnce(ports, call, one, signal, { ...call.exchange, sink: race.sinkOf(number) }, asked)
  const asked = Promise.withResolvers<void>()
  const first = enter(entered, 1, asked.resolve)
  // The provider has its time from when it is asked: that the money is set aside is not its doing.
  await Promise.race([asked.promise, first.then(nothing, nothing)])
  const isSlow = await outlasts(first, hedgeMs)
  const other = !isSlow || race.winner !== null || call.exchange.sink.isGone ? null : another()
  if (other === null) return first
  const [one, two] = await Promise.allSettled([first, enter(other, 2)])
  const [ahead, behind] = race.winner === 2 ? [two, one] : [one, two]
  // Of two that both failed before they said anything, one that was refused for its money says less.
  const says = ahead.status === 'fulfilled' && ahead.value instanceof HearthError ? behind : ahead
  if (says.status === 'rejected') throw says.reason
  return says.value
}

const nothing = (): void => undefined

/** Whether it goes on for longer than so long. */
function outlasts(work: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), ms)
    const done = (): void => {
      clearTimeout(timer)
      resolve(false)
    }
    work.then(done, done)
  })
}
