import { estimateTextTokens } from '../catalog/text-tokens.ts'
import type { ModelFacts } from '../catalog/facts.ts'
import type { WorstCost } from './budget.ts'
import type { Exchange } from './exchange.ts'

const picosOfNano = 1000

/** Where neither the caller nor anybody else has said how long an answer may be. */
const usualMost = 16_384
/** For what an image or a document in the prompt may count beside its text: none costs more at the providers that say how they count. */
const tokensOfFile = 3_000

/** Undefined where a price is not known, of the model or of what else is asked for. What a prompt costs is estimated high: as if nothing of it were cached. */
export function worstCost(
  { prices, output }: Pick<ModelFacts, 'prices' | 'output'>,
  exchange: Exchange,
): WorstCost | undefined {
  const answers = exchange.protocol !== 'openai-embeddings'
  if (prices?.input === undefined || (answers && prices.output === undefined)) return undefined
  if (costsMore(exchange.json)) return undefined
  const { long = [] } = prices
  const input = Math.max(
    prices.input,
    prices.cacheWrite ?? 0,
    prices.cacheWriteHour ?? 0,
    ...long.map((one) => one.input ?? 0),
  )
  const ofPrompt = Math.ceil((tokensIn(exchange) * input) / picosOfNano)
  if (!answers) return { input: ofPrompt, token: 0, most: 0 }
  const token = Math.max(prices.output ?? 0, prices.reasoning ?? 0, ...long.map((one) => one.output ?? 0))
  const most = Math.min(askedMost(exchange.json) ?? Infinity, output ?? usualMost)
  return { input: ofPrompt, token: Math.ceil((token * answersIn(exchange.json)) / picosOfNano), most }
}

/** By whichever name the protocol has for it. Of several the largest: which of them a server goes by is not known. */
export function askedMost(json: Exchange['json']): number | undefined {
  const given = [json['max_completion_tokens'], json['max_output_tokens'], json['max_tokens']]
  const whole = given.filter((one): one is number => typeof one === 'number' && Number.isInteger(one) && one > 0)
  return whole.length === 0 ? undefined : Math.max(...whole)
}

/** Answers that are asked for at once, each as long as one may be. */
function answersIn({ n }: Exchange['json']): number {
  return typeof n === 'number' && Number.isInteger(n) && n > 1 ? n : 1
}

/** Tools that run at the client cost nothing but their tokens. */
const ofClients = /^(function|custom|bash_|text_editor_|memory_|computer_)/

/** What a provider does besides, or sooner than usual, it charges apart from tokens. */
function costsMore(json: Exchange['json']): boolean {
  const { tools, web_search_options: searching, service_tier: tier } = json
  const runsThere = (tool: unknown): boolean => {
    const type = typeof tool === 'object' && tool !== null ? (tool as { readonly type?: unknown }).type : undefined
    return typeof type === 'string' && !ofClients.test(type)
  }
  return (Array.isArray(tools) && tools.some(runsThere)) || searching != null || tier === 'priority'
}

/** The whole body as text, without what is encoded in it. */
function tokensIn({ body }: Exchange): number {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  const files = text.split(/"(?:data:[^"]{0,100};base64,|)[A-Za-z0-9+/=]{2000,}"/)
  return files.reduce((sum, part) => sum + estimateTextTokens(part), 0) + (files.length - 1) * tokensOfFile
}
