import type { Attempt, AttemptResult, EffectKind } from '@hearth/kernel'
import {
  createGateway,
  createPreparer,
  type CallRecord,
  type Exchange,
  type Gateway,
  type SharedEntry,
} from '@hearth/models'
import { randomUUID } from 'node:crypto'
import type { EffectTools, Json } from '../feature.ts'
import { forgottenAt } from '../people/forgotten.ts'
import { allowedTo } from './allowed.ts'
import { createPurses } from './budget/purses.ts'
import { tokenCount } from './count-effect.ts'
import { createCacheMeter } from './cache-meter.ts'
import { createClaims } from './claims.ts'
import { readPrices } from './prices.ts'
import { manifests } from './manifests.ts'
import { createCallMeter } from './meter.ts'
import { createModelRates } from './rates/admitting.ts'
import { createRecorder } from './recorder.ts'
import { createSettings } from './settings.ts'
import { shareHealth } from './sharing.ts'
import { policySimulation } from './simulation.ts'
import { spanOf } from './span.ts'
import { providerTest } from './test-effect.ts'
import { textEffects } from './texts/effects.ts'
import { createTextKeeper } from './texts/keeper.ts'
import { textLines } from './texts/meter.ts'

export const callKind = 'model-call'

/** The answer of a model takes minutes where it thinks; nobody waits for a quarter of an hour. */
const longestMs = 900_000

/** Answers that one process keeps the others have too: within a moment, or not at all. */
const cacheTopic = 'model-cache'

/** What whoever attaches a call hands to it. */
export interface HandedCall {
  readonly exchange: Exchange
  readonly door: string
}

/** What goes out to models. Calls are attached: whoever asked waits, and there is nothing to resume. */
export function modelEffects(tools: EffectTools): readonly EffectKind[] {
  const holder = randomUUID()
  const recorder = createRecorder(tools, holder)
  const settings = createSettings(tools)
  const meter = createCallMeter(() => recorder.lost)
  tools.expose(meter.lines)
  const cacheMeter = createCacheMeter()
  tools.expose(cacheMeter.lines)
  const sharing = shareHealth(tools, () => gateway, holder)
  const rates = createModelRates(tools)
  const texts = createTextKeeper(tools, createPreparer())
  tools.expose(() => textLines(texts))
  const ended = (record: CallRecord): Promise<void> => {
    meter.count(record)
    cacheMeter.count(record)
    sharing.saw(record.asker.tenant)
    return recorder.keep(record)
  }
  const gateway: Gateway = createGateway({
    network: tools.network,
    manifests,
    settings,
    allowed: (asker) => allowedTo(asker, (name) => tools.references.get(asker.tenant, name)),
    prices: readPrices,
    budget: createPurses(tools, holder),
    rates,
    worker: holder,
    processes: () => sharing.processes(),
    also: (record) => void ended(record),
    caches: {
      isForgotten: (tenant, home, since) => forgottenAt(home, (name) => tools.references.get(tenant, name)) >= since,
    },
    claims: createClaims(tools),
    share: (entries) => {
      if (entries.length > 0) tools.news.tell(cacheTopic, entries as unknown as Json)
    },
  })
  tools.news.hear(cacheTopic, (body) => gateway.absorb(body as unknown as readonly SharedEntry[]))
  const calls: EffectKind = {
    kind: callKind,
    delivery: 'unsafe',
    // How many of them a provider takes at once is known by provider.
    concurrency: 100_000,
    timeoutMs: longestMs,
    backoffMs: () => null,
    run: async (_request, attempt) => {
      const { exchange, door } = handed(attempt)
      sharing.began()
      const listening = texts.listen(exchange)
      const record = await gateway
        .answer(listening?.exchange ?? exchange, door, attempt.signal)
        .finally(() => sharing.ended())
      const keeping = listening?.keep(record.at)
      // It is over when it is in the ledger, and what was said is kept. Whoever asked does not wait for that, nor does what was theirs.
      const kept = ended(record)
      const rest = keeping === undefined ? kept : Promise.all([kept, keeping]).then(() => undefined)
      return { type: 'done', value: record as unknown as Json, rest } satisfies AttemptResult
    },
    traced: (record, { address: { tenant } }) =>
      spanOf(
        record as unknown as CallRecord,
        (provider) => settings(tenant).providers.find(({ name }) => name === provider)?.kind,
      ),
  }
  return [
    calls,
    providerTest(gateway, settings),
    policySimulation(gateway),
    ...textEffects(tools),
    tokenCount({ gateway, settings, network: tools.network, rates }),
  ]
}

function handed({ handed: call }: Attempt): HandedCall {
  if (call === undefined) throw new Error('a call of a model was asked for by nobody who waits')
  return call as HandedCall
}
