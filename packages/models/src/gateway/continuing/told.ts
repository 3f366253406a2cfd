import type { WireCall } from '../../wire/protocol.ts'
import { calledAt } from '../declared.ts'
import type { Exchange } from '../exchange.ts'
import type { Deployment } from '../setting.ts'
import type { Told } from '../translating.ts'
import { nextCall } from './next-call.ts'
import { Telling } from './telling.ts'

export interface Asked {
  readonly asked: WireCall
  /** Null where an answer that is lost is let go. */
  readonly telling: Told | null
}

/** What a model is asked, and what is kept in mind of its answer so that another one can go on with it, or it with another’s. */
export function askedAt(exchange: Exchange, deployment: Deployment, continues: boolean): Asked {
  const asked = exchange.asked()
  const { goesOn, stream, body } = exchange
  if (!continues || !stream) return { asked, telling: null }
  const telling = goesOn?.telling ?? new Telling()
  const prefills = deployment.manifest.prefills?.(calledAt(deployment)) === true
  telling.begin(prefills)
  const call = goesOn === undefined ? asked.call : nextCall(asked.call, telling.text, prefills)
  return {
    // Their own events say sooner that an answer is complete than its end does.
    asked: { ...asked, call: { ...call, includeRawChunks: true } },
    telling: { telling, stream: goesOn?.stream, exchange, deployment, prompt: Math.ceil(body.byteLength / 4) },
  }
}
