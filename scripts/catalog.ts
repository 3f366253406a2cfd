import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type {
  Abilities,
  LongRates,
  Modality,
  ModelFacts,
  Prices,
  Rates,
  Tariff,
} from '../packages/models/src/catalog/facts.ts'

// node scripts/catalog.ts <file> <version> <date> writes packages/models/src/catalog/models.json from the price list of LiteLLM (MIT):
// its model_prices_and_context_window_backup.json, of that version, published on that day. Facts carry over as they are; what the
// list does not say stays unsaid.

const kinds: Readonly<Record<string, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  gemini: 'google',
  mistral: 'mistral',
  groq: 'groq',
  deepseek: 'deepseek',
  cohere: 'cohere',
  cohere_chat: 'cohere',
  xai: 'xai',
  cerebras: 'cerebras',
  watsonx: 'watsonx',
  voyage: 'voyage',
  jina_ai: 'jina',
  bedrock: 'bedrock',
  bedrock_converse: 'bedrock',
  openrouter: 'openrouter',
}
/** What chats in the list and is not for conversation, or is another's model under a second name, or of a generation that has passed. */
const beside = new RegExp(
  [
    'container|-tts|realtime|native-audio|omni|lyria|robotics|-image|computer-use|deep-research|search-',
    'prompt-guard|llama-guard|granite-(ttm|guardian)|daybreak|rosalind|cyber|learnlm|labs-|vibe-cli|mistral-code',
    'experimental|exp-\\d|-exp-?\\d*$|-beta|-gv2|reasoning-latest|multi-agent-|gemini-gemma|zai-glm|glm-5-2$',
    'mt0|flan|jais|allam|13b-|granite-3-8b|3-2-[13]b|code-fast|voyage-(\\w+-)?[23](-lite|-instruct)?$|voyage-lite-0|large-2',
  ].join('|'),
)
/** Models of Bedrock’s are listed for each of its regions too, and those of former generations for ever. */
const atBedrock = new RegExp(
  `^((us|eu|global)\\.)?(${[
    'anthropic\\.claude-(haiku|sonnet|opus|fable)-(4-[5-9]|5)[^@]*',
    'amazon\\.(nova-(pro|lite|micro)|nova-2-lite|nova-2-multimodal|titan-embed-text-v2|rerank).*',
    'cohere\\.(embed|rerank).*',
    'meta\\.llama(3-3|4)-.*',
    'mistral\\.mistral-large-3.*',
    'openai\\.gpt-(6|oss-\\d+b-).*',
    'deepseek\\.v3.*',
    'qwen\\.qwen3-(235b|coder-480b).*',
  ].join('|')})$`,
)
/** Which of its hundreds are asked for most is not in the list: these are the current ones of the makers that most people know. */
const atOpenRouter = new RegExp(
  `^(${[
    'anthropic/claude-(haiku|sonnet|opus|fable)-[45](\\.\\d)?',
    'openai/(gpt-4o|gpt-4\\.1|gpt-5|gpt-5\\.4)(-mini)?',
    'openai/(gpt-5\\.[1-6]|gpt-5\\.4-nano|gpt-5\\.6-(sol|terra|luna)|gpt-6-(astra|sol|luna)|gpt-oss-\\d+b)',
    'google/(gemini-(2\\.5|3\\.\\d)-(pro|flash|flash-lite)|gemma-[34]-\\d+b-it)',
    'meta-llama/llama-(3\\.[13]|4)-\\w+(-instruct)?',
    'mistralai/mistral-(large-4-0|medium-3-5|small-3\\.2-24b-instruct)',
    'deepseek/deepseek-(v3\\.2|v4\\.1-flash|v4-pro|v4-flash)',
    'qwen/qwen3(\\.[78]-(max|plus|flash|27b)|-coder|-32b)',
    'x-ai/grok-4(\\.\\d)?',
    'moonshotai/kimi-k(2\\.[67]|3)(-code)?',
    'z-ai/glm-5\\.[23](-flash)?',
  ].join('|')})$`,
)

type Entry = Readonly<Record<string, unknown>>
type Shipped = Omit<ModelFacts, 'known'>
type Window = Pick<ModelFacts, 'context' | 'input' | 'output'>

/** Digits and exponent of a number in the file: through a double, 2.87274e-07 would not be what it says. */
class Decimal {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  get value(): number {
    return Number(this.text)
  }

  /** Times 10¹², rounded up where a price of OpenRouter's is finer than that. */
  get picos(): number {
    const [, whole = '', fraction = '', exponent = '0'] = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(this.text) ?? []
    const digits = (whole + fraction).replace(/0+$/, '')
    const shift = 12 + Number(exponent) - fraction.length + (whole.length + fraction.length - digits.length)
    if (digits === '') return 0
    return shift < 0 ? Number(digits.slice(0, shift)) + 1 : Number(digits + '0'.repeat(shift))
  }
}

const price = (entry: Entry, name: string): number | undefined => {
  const value = entry[name]
  return value instanceof Decimal ? value.picos : undefined
}

const whole = (entry: Entry, name: string): number | undefined => {
  const value = entry[name]
  return value instanceof Decimal && Number.isSafeInteger(value.value) && value.value > 0 ? value.value : undefined
}

const flag = (entry: Entry, name: string): boolean | undefined => {
  const value = entry[name]
  return typeof value === 'boolean' ? value : undefined
}

const text = (entry: Entry, name: string): string | undefined => {
  const value = entry[name]
  return typeof value === 'string' ? value : undefined
}

/** Without what is not known; undefined when nothing is. */
function known<T extends object>(facts: { readonly [K in keyof T]: T[K] | undefined }): T | undefined {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined)
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as T)
}

function ratesOf(entry: Entry, suffix: string): Rates | undefined {
  const input = price(entry, `input_cost_per_token${suffix}`)
  const output = price(entry, `output_cost_per_token${suffix}`)
  const reasoning = price(entry, `output_cost_per_reasoning_token${suffix}`)
  const cacheWrite = price(entry, `cache_creation_input_token_cost${suffix}`)
  return known<Rates>({
    input,
    cacheRead: price(entry, `cache_read_input_token_cost${suffix}`),
    // A zero there means that writing costs no more than reading does.
    cacheWrite: cacheWrite === 0 ? undefined : cacheWrite,
    cacheWriteHour: price(entry, `cache_creation_input_token_cost_above_1hr${suffix}`),
    audioInput: price(entry, `input_cost_per_audio_token${suffix}`),
    output,
    reasoning: reasoning === output ? undefined : reasoning,
    audioOutput: price(entry, `output_cost_per_audio_token${suffix}`),
  })
}

function tariffOf(entry: Entry, suffix: string): Tariff | undefined {
  const rates = ratesOf(entry, suffix)
  if (rates?.input === undefined) return undefined
  const thousands = Object.keys(entry).flatMap(
    (name) => /^input_cost_per_token_above_(\d+)k_tokens$/.exec(name)?.[1] ?? [],
  )
  const long = thousands
    .map(Number)
    .toSorted((a, b) => a - b)
    .flatMap((k): LongRates[] => {
      const above = ratesOf(entry, `_above_${k}k_tokens${suffix}`)
      return above === undefined ? [] : [{ above: k * 1000, ...above }]
    })
  return { ...rates, ...(long.length === 0 ? {} : { long }) }
}

/**
 * Nothing that embeds costs more than two dollars a million, and nobody asks this many times as much for a token of an answer as
 * for one of a prompt: such prices are slips.
 */
const dearestEmbedding = 2_000_000
const mostTimes = 20

function pricesOf(entry: Entry, id: string): Prices | undefined {
  const search = price(entry, 'input_cost_per_query')
  if (text(entry, 'mode') === 'rerank' && search !== undefined) return { search }
  const tariff = tariffOf(entry, '')
  if (tariff === undefined) return undefined
  const isEmbedding = ['embedding', 'rerank'].includes(text(entry, 'mode') ?? '')
  if (isEmbedding) {
    const input = tariff.input ?? 0
    return input > 0 && input <= dearestEmbedding ? { input } : undefined
  }
  // A zero stands for what has no price as well as for what nobody has looked up, but for the variants that are free by name.
  const isFree = id.endsWith(':free')
  const { input = 0, output = 0 } = tariff
  if (!isFree && (input === 0 || output === 0 || output > input * mostTimes)) return undefined
  const batch = tariffOf(entry, '_batches')
  return { ...tariff, ...(batch === undefined ? {} : { batch }) }
}

function abilitiesOf(entry: Entry): Abilities | undefined {
  const modalities = (entry['supported_modalities'] ?? []) as readonly string[]
  const takes = (modality: string, name: string): boolean | undefined =>
    modalities.includes(modality) ? true : flag(entry, name)
  const schema = flag(entry, 'supports_response_schema')
  return known<Abilities>({
    tools: flag(entry, 'supports_function_calling'),
    parallelTools: flag(entry, 'supports_parallel_function_calling'),
    structured: schema === true ? 'schema' : undefined,
    streaming: flag(entry, 'supports_native_streaming'),
    images: takes('image', 'supports_vision'),
    audio: takes('audio', 'supports_audio_input'),
    video: takes('video', 'supports_video_input'),
    pdf: flag(entry, 'supports_pdf_input'),
    reasoning: flag(entry, 'supports_reasoning'),
    caching: flag(entry, 'supports_prompt_caching'),
  })
}

/**
 * The list says how long a prompt may be, or how long prompt and answer together, without saying which. Where both of its numbers
 * make up one of the windows that OpenAI publishes, it is the first.
 */
function windowOf(entry: Entry): Window {
  const input = whole(entry, 'max_input_tokens')
  const output = whole(entry, 'max_output_tokens')
  const sum = (input ?? 0) + (output ?? 0)
  const isSplit = entry['litellm_provider'] === 'openai' && [400_000, 1_050_000].includes(sum)
  return known<Window>({ context: isSplit ? sum : input, input: isSplit ? input : undefined, output }) ?? {}
}

const modalities: readonly unknown[] = ['text', 'image', 'audio', 'video'] satisfies readonly Modality[]

const modalitiesIn = (list: unknown): readonly Modality[] | undefined =>
  Array.isArray(list) ? list.filter((one): one is Modality => modalities.includes(one)) : undefined

function factsOf(provider: string, id: string, entry: Entry): Shipped {
  const mode = text(entry, 'mode')
  const type = mode === 'embedding' || mode === 'rerank' ? mode : 'chat'
  const dimensions = whole(entry, 'output_vector_size')
  const gives = modalitiesIn(entry['supported_output_modalities'])
  const facts: { readonly [K in keyof Shipped]: Shipped[K] | undefined } = {
    provider,
    id,
    type,
    ...(type === 'chat' ? windowOf(entry) : { context: whole(entry, 'max_input_tokens') }),
    gives: type === 'chat' ? gives : undefined,
    can: type === 'chat' ? abilitiesOf(entry) : undefined,
    prices: pricesOf(entry, id),
    embedding: dimensions === undefined ? undefined : { dimensions },
    until: text(entry, 'deprecation_date'),
    source: text(entry, 'source')?.match(/^https:\/\/\S+$/)?.[0],
  }
  return known<Shipped>(facts) as Shipped
}

const [file, version, date] = process.argv.slice(2)
if (file === undefined || version === undefined || !/^\d{4}-\d\d-\d\d$/.test(date ?? ''))
  throw new Error('which file, of which version, published on which day?')
const keepingDecimals = (_: string, value: unknown, { source }: { readonly source?: string }): unknown =>
  typeof value === 'number' && source !== undefined ? new Decimal(source) : value
const list = JSON.parse(
  await readFile(file, 'utf8'),
  keepingDecimals as (key: string, value: unknown) => unknown,
) as Record<string, Entry>

/** What is not served for another month is not worth knowing. */
const lastDay = new Date(Date.parse(date ?? '') + 31 * 86_400_000).toISOString().slice(0, 10)
const models = new Map<string, Shipped>()
for (const [name, entry] of Object.entries(list)) {
  const listed = text(entry, 'litellm_provider') ?? ''
  const provider = Object.hasOwn(kinds, listed) ? kinds[listed] : undefined
  const isOffered = (text(entry, 'deprecation_date') ?? '9999') > lastDay
  if (
    provider === undefined ||
    !isOffered ||
    !['chat', 'responses', 'embedding', 'rerank'].includes(text(entry, 'mode') ?? '')
  )
    continue
  const id = name.startsWith(`${listed}/`) ? name.slice(listed.length + 1) : name
  if (beside.test(id) || (provider === 'openrouter' && !atOpenRouter.test(id))) continue
  if (provider === 'bedrock' && !atBedrock.test(id)) continue
  const facts = factsOf(provider, id, entry)
  // Of two entries for one model, the one under the provider's name is looked after better.
  if (facts.context !== undefined && (!models.has(`${provider}/${id}`) || id !== name))
    models.set(`${provider}/${id}`, facts)
}
const sorted = [...models].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, facts]) => facts)
const source =
  `The price list of LiteLLM ${version} (MIT licence), model_prices_and_context_window_backup.json; ` +
  'where a model names a source, that is where the list has it from.'
const target = join(import.meta.dirname, '../packages/models/src/catalog/models.json')
// As the formatter leaves it.
const written = JSON.stringify({ date, source, models: sorted }, null, 2).replaceAll(
  /\[\s+((?:"\w+",?\s+)+)\]/g,
  (_, words: string) => `[${words.trim().split(/\s+/).join(' ')}]`,
)
await writeFile(target, `${written}\n`)
console.log(`${sorted.length} models`)
