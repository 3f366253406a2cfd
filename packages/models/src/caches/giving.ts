import type { Calling } from '../gateway/calling.ts'
import type { Exchange } from '../gateway/exchange.ts'
import type { Place } from '../gateway/places.ts'
import { placeOf, type KeptAnswer } from './kept-answer.ts'

export type How = 'hit' | 'semantic' | 'replay'

/** Whoever may not ask a model now is not told what it answered before. */
export const isAt = ({ place, model }: KeptAnswer, places: readonly Place[]): boolean =>
  places.some(({ deployment }) => deployment.model === model && placeOf(deployment.entry) === place)

export function give(call: Calling, exchange: Exchange, kept: KeptAnswer, how: How): void {
  if (kept.form === 'whole') return giveWhole(call, exchange, kept, how)
  call.given(kept, how)
  const { sink } = exchange
  sink.head(200, { ...about(exchange, kept, how), 'content-type': 'text/event-stream; charset=utf-8' })
  sink.end(kept.body, cost)
}

export function giveWhole(call: Calling, exchange: Exchange, kept: KeptAnswer, how: How): void {
  call.given(kept, how)
  const { sink } = exchange
  const length = String(kept.body.length)
  sink.head(200, { ...about(exchange, kept, how), 'content-type': 'application/json', 'content-length': length })
  sink.end(kept.body)
}

const cost = { 'x-hearth-cost-usd': '0' }

const about = ({ id }: Exchange, { provider, model }: KeptAnswer, how: How): Readonly<Record<string, string>> => ({
  'x-hearth-call': id,
  'x-hearth-provider': provider,
  'x-hearth-model': model.replace(/[^\x20-\x7e]/g, encodeURIComponent),
  'x-hearth-cache': how,
  'x-hearth-attempts': '0',
  ...(how === 'replay' ? { 'idempotency-replayed': 'true' } : {}),
  ...cost,
})
