import { answerCases } from './answers.ts'
import type { ProviderCase } from './case.ts'
import { embeddingCases } from './embeddings.ts'
import { failureCases } from './failures.ts'
import { listingCases } from './listing.ts'
import { requestCases } from './requests.ts'
import { streamCases } from './streams.ts'

/** What every provider must do that can do it. Each case wants a server of its own. */
export const providerCases: readonly ProviderCase[] = [
  ...answerCases,
  ...requestCases,
  ...streamCases,
  ...failureCases,
  ...listingCases,
  ...embeddingCases,
]
