import { estimateTextTokens } from '../catalog/text-tokens.ts'
import { mostSearches } from '../catalog/searches.ts'
import type { ModelFacts, Prices, Rates } from '../catalog/facts.ts'
import type { WorstCost } from './budget.ts'
import type { Exchange } from './exchange.ts'
import { namesDocument } from './documents-elsewhere.ts'

const picosOfNano = 1000

/** Where neither the caller nor anybody else has said how long an answer may be. */
const usualMost = 16_384
/** A picture: none of the providers that say how they count has more. */
const tokensOfPicture = 3_000
/** A page of a PDF is 3,000 tokens at most, and seldom less than 25 kB; a second of sound or film takes more bytes for its tokens. */
const tokensOfByte = 3_000 / 25_000
/** How Anthropic's models count cannot be seen: they leave a third more. */
const moreOfAnthropic = 4 / 3

/** Undefined where a price is not known, of the model or of what else is asked for. What a prompt costs is estimated high: as if nothing of it were cached. */
export function worstCost(
  { provider, prices, output }: Pick<ModelFacts, 'provider' | 'prices' | 'output'>,
  exchange: Priced,
): WorstCost | undefined {
  if (prices?.search !== undefined)
    return {
      input: Math.ceil((mostSearches(exchange.json) * prices.search) / picosOfNano),
      token: 0,
      most: 0,
    }
  const answers = exchange.protocol !== 'openai-embeddings' && exchange.protocol !== 'rerank'
  if (prices?.input === undefined || (answers && prices.output === undefined)) return undefined
  const text = textOf(exchange)
  if (costsMore(exchange, text)) return undefined
  const { input, answer: dearestAnswer } = dearestOf(prices)
  const tokens = (tokensIn(text) + readAgain(exchange)) * (provider === 'anthropic' ? moreOfAnthropic : 1)
  const ofPrompt = Math.ceil((tokens * input) / picosOfNano)
  if (!answers) return { input: ofPrompt, token: 0, most: 0 }
  const most = Math.min(askedMost(exchange.json) ?? Infinity, output ?? usualMost)
  return { input: ofPrompt, token: Math.ceil((dearestAnswer * answersIn(exchange.json)) / picosOfNano), most }
}

type Priced = Pick<Exchange, 'protocol' | 'body' | 'json'>

/** Beside each document that is ranked stands the query, and counts there. */
function readAgain({ protocol, json: { query, documents } }: Priced): number {
  if (protocol !== 'rerank' || typeof query !== 'string' || !Array.isArray(documents)) return 0
  return estimateTextTokens(query) * documents.length
}

interface Dearest {
  readonly input: number
  readonly answer: number
}

const dearests = new WeakMap<Prices, Dearest>()

/** The dearest rates that may apply to a token; the same for as long as the prices stay. */
function dearestOf(prices: Prices): Dearest {
  const known = dearests.get(prices)
  if (known !== undefined) return known
  const tariffs: readonly Rates[] = [prices, ...(prices.long ?? [])]
  const dearest = (...names: readonly (keyof Rates)[]): number =>
    Math.max(0, ...tariffs.flatMap((tariff) => names.map((name) => tariff[name] ?? 0)))
  const found = {
    input: dearest('input', 'cacheWrite', 'cacheWriteHour', 'audioInput'),
    answer: dearest('output', 'reasoning', 'audioOutput'),
  }
  dearests.set(prices, found)
  return found
}

/** By whichever name the protocol has for it. Of several the largest: which of them a server goes by is not known. */
export function askedMost(json: Exchange['json']): number | undefined {
  const given = [json['max_completion_tokens'], json['max_output_tokens'], json['max_tokens']]
  const whole = given.filter((one): one is number => typeof one === 'number' && Number.isInteger(one) && one > 0)
  return whole.length === 0 ? undefined : Math.max(...whole)
}

/** Answers that are asked for at once, each as long as one may be. */
export function answersIn({ n }: Exchange['json']): number {
  return typeof n === 'number' && Number.isInteger(n) && n > 1 ? n : 1
}

/** Tools that run at the client cost nothing but their tokens. */
const ofClients = /^(function|custom|bash_|text_editor_|memory_|computer_)/

/** Whether a tool is asked for that runs at the provider. */
export function runsElsewhere({ tools }: Exchange['json']): boolean {
  const runsThere = (tool: unknown): boolean => {
    const type = typeof tool === 'object' && tool !== null ? (tool as { readonly type?: unknown }).type : undefined
    return typeof type === 'string' && !ofClients.test(type)
  }
  return Array.isArray(tools) && tools.some(runsThere)
}

/** What is charged apart from tokens, or at another rate, or rests on what only the provider has. */
const apart = [
  'web_search_options',
  'speed',
  'inference_geo',
  'mcp_servers',
  'plugins',
  'models',
  'previous_response_id',
  'conversation',
  'prompt',
  'container',
] as const
const usualTiers: ReadonlySet<unknown> = new Set([undefined, null, 'auto', 'default', 'standard_only', 'flex'])
function costsMore({ json }: Priced, text: string): boolean {
  const { service_tier: tier } = json
  if (runsElsewhere(json)) return true
  if (!usualTiers.has(tier) || apart.some((name) => json[name] != null)) return true
  return namesDocument(json, text)
}

/** As it came where that can mean one thing alone. With a name that is escaped or given twice a document would look like a picture. */
function textOf({ body, json }: Priced): string {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  return ambiguous.test(text) ? JSON.stringify(json) : text
}

const ambiguous = /\\u00|"media_?type"|;base64,/i

/** Where the encoded bytes of a picture, a document or a sound stand in a request. */
const encoded = /"(?:url|image_url|file_data|data)"\s*:\s*"(?:data:([^"]{0,100});base64,)?[A-Za-z0-9+/=_-]{1000,}"/g
/** What is said of them right before them. */
const isOfPicture =
  /"(?:media_?type|mime_?type)"\s*:\s*"image\/[\w.+-]+"\s*,\s*(?:"data"\s*:\s*\{\s*)?(?:"type"\s*:\s*"(?:base64|data)"\s*,\s*)?$/i
const pictureElsewhere = /"(?:image_url|input_image|url)"\s*:\s*"https?:/g

/** The whole body as text, without what is encoded in it: that counts by its size, but for pictures. */
function tokensIn(whole: string): number {
  let files = (whole.match(pictureElsewhere)?.length ?? 0) * tokensOfPicture
  const text = whole.replace(encoded, (match, type: string | undefined, at: number) => {
    const isPicture = type?.startsWith('image/') ?? isOfPicture.test(whole.slice(Math.max(0, at - 200), at))
    files += isPicture ? tokensOfPicture : tokensOfPicture + match.length * 0.75 * tokensOfByte
    return ''
  })
  return Math.ceil(estimateTextTokens(text) + files)
}
