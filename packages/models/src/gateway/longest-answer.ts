import type { Exchange } from './exchange.ts'
import { answersIn, askedMost, runsElsewhere } from './worst-cost.ts'

/** What frames an answer, and so often at most the request stands in it again. */
const [ofFrame, echoes] = [65_536, 4]
/** An event for each token takes some hundred bytes, with log-probabilities or sound some thousand. */
const [ofToken, ofLongToken] = [1_000, 4_000]

type Asked = Pick<Exchange, 'protocol' | 'body' | 'json'>

/**
 * So many bytes an answer of at most so many tokens can have, estimated high: what goes on beyond comes of a provider that does not keep to
 * what it was asked. Infinite where nobody said how many, or where more than tokens comes.
 */
export function longestAnswer({ protocol, body, json }: Asked, paidFor: number | undefined): number {
  const most = Math.min(askedMost(json) ?? Infinity, paidFor ?? Infinity)
  const answers = protocol !== 'openai-embeddings' && protocol !== 'rerank'
  if (!answers || runsElsewhere(json)) return Infinity
  const each = ['logprobs', 'top_logprobs', 'modalities', 'include'].some((name) => json[name] != null)
  return ofFrame + echoes * body.byteLength + most * answersIn(json) * (each ? ofLongToken : ofToken)
}
