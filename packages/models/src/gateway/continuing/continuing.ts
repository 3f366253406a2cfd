import { HearthError } from '@hearth/protocol'
import type { Money } from '../../catalog/money.ts'
import type { Calling } from '../calling.ts'
import type { Place } from '../places.ts'
import { run, type Lost } from '../running.ts'
import type { RunPorts } from '../try-once.ts'
import { nextExchange } from './next-exchange.ts'
import type { GoesOn } from './unfinished.ts'

/** An answer that is lost again and again is let go. */
const mostTimes = 3

/** Goes on with an answer at the next place that can, as often as it is lost; else says to the client how it was lost. */
export async function goOn(
  ports: RunPorts,
  call: Calling,
  places: readonly Place[],
  signal: AbortSignal,
  first: Lost,
): Promise<void> {
  const { exchange } = first.unfinished
  // The first head wins a race, and there is none any more.
  const alone = { ...ports, hedgeMs: null }
  let lost: Lost | null = first
  let cost: Money | null = 0n
  for (let times = 1; lost !== null; times += 1) {
    const { unfinished, failure, usage: told, firstMs } = lost
    const { telling, stream, deployment } = unfinished
    const usage = telling.estimated(told, call.prompt)
    cost = plus(cost, ports.cost(deployment, usage))
    const goesOn: GoesOn = { telling, stream, times, failure, cost }
    const next = times > mostTimes ? null : nextExchange(exchange, goesOn)
    if (next === null) return call.brokeOff({ ...exchange, goesOn })
    telling.lose(usage)
    call.goesOn(next, { tried: lost, usage, cost, firstMs })
    try {
      lost = await run(alone, call, inOrder(places, deployment), signal)
    } catch (error) {
      // That there is no money for the rest is no refusal of the call.
      if (!(error instanceof HearthError)) exchange.failed(error)
      return call.brokeOff(next)
    }
  }
}

const plus = (one: Money | null, other: Money | null): Money | null =>
  one === null || other === null ? null : one + other

/** The one that was lost is asked again where no other can. */
const inOrder = (places: readonly Place[], lost: Place['deployment']): readonly Place[] => [
  ...places.filter(({ deployment }) => deployment !== lost),
  ...places.filter(({ deployment }) => deployment === lost),
]
