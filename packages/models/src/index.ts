export * from './failure.ts'
export { shippedCatalog } from './catalog/shipped.ts'
export { fetchOver, NetworkError } from './fetch.ts'
export { createGateway, type Gateway, type GatewayOptions } from './gateway/gateway.ts'
export * from './health/index.ts'
export { cacheSchema, type CacheSetting, type CachesSet, type CacheUse } from './caches/setting.ts'
export type { Claim, Claims } from './repeats/claims.ts'
export type { SharedEntry } from './caches/shared-entry.ts'
export {
  auto,
  matchesModel,
  patienceSchema,
  policySchema,
  simulate,
  type Candidate,
  type Explanation,
  type Policy,
  type RecordedCall,
  type Simulated,
} from './router/index.ts'
export { createCatalog, type Catalog, type CatalogData } from './catalog/catalog.ts'
export { declaredFacts } from './catalog/declared.ts'
export type { DeclaredFacts, Layers, OwnModel, OwnVersion } from './catalog/layers.ts'
export { calledAt, namesAt } from './gateway/declared.ts'
export { estimateTokens } from './catalog/call-tokens.ts'
export { costOf } from './catalog/cost.ts'
export type * from './catalog/facts.ts'
export { formatUsd, nanodollars, parseUsd, type Money } from './catalog/money.ts'
export { isOpen } from './gateway/choosing.ts'
export { failureOf, failureOfAnswer } from './failure-of.ts'
export { builtIn, deploymentsOf } from './gateway/deployments.ts'
export { innerExchange, type InnerCall, type InnerEnd, type InnerExchange } from './gateway/inner.ts'
export type { Patience } from './gateway/patience.ts'
export type { Place } from './gateway/places.ts'
export { embedderOf } from './gateway/embedder-choice.ts'
export type { Budget, Held, WorstCost } from './gateway/budget.ts'
export type { Admitted, Rates } from './gateway/rates.ts'
export type * from './gateway/exchange.ts'
export type * from './gateway/record.ts'
export type * from './gateway/setting.ts'
export type * from './gateway/sink.ts'
export type * from './language.ts'
export type * from './network.ts'
export type * from './provider.ts'
export type * from './ranking.ts'
export * from './prompts/index.ts'
export * from './texts/index.ts'
export type * from './wire/protocol.ts'
export { providers } from './providers/index.ts'
export { embeddingOf, similarity, type Embedding } from './vector.ts'
export { readTokenCount, wires, type InnerAnswer, type InnerPart, type WireForm } from './wire/index.ts'
