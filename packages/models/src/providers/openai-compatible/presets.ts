import type { Ability, Traffic } from '../../provider.ts'
import { traffic } from './traffic.ts'

/** A server or service of OpenAI’s protocol, and where it differs from it. */
export interface Preset {
  readonly kind: string
  readonly title: string
  /** Null: it is different for everybody. */
  readonly baseUrl: string | null
  readonly key: 'needed' | 'optional'
  readonly embeds: boolean
  /** At `/rerank`. */
  readonly reranks?: true
  /** Takes pictures themselves, and not their addresses. */
  readonly fetchesNothing?: true
  /** Where its models are listed, as seen from its base address; null: nowhere. */
  readonly models?: string | null
  /** In place of `authorization`. */
  readonly keyHeader?: string
  readonly quirks?: Quirks
  /** What its answers never hold. */
  readonly without?: readonly Ability[]
  /** None: it is nobody’s in particular. */
  readonly traffic?: Traffic
}

export interface Quirks {
  /** What it refuses a request for, though the protocol has it. */
  readonly refuses?: readonly string[]
  /** What it calls otherwise. */
  readonly renames?: Readonly<Record<string, string>>
  /** Ids of calls have nine letters or digits, whoever made them. */
  readonly shortCallIds?: true
  /** Takes no schema for an answer, only the wish for JSON: the schema is told in words. */
  readonly schemasInWords?: true
  /** Counts the tokens of an answer that comes whole only where it is asked to, as for a stream. */
  readonly countsWhenAsked?: true
  /** Its answers are not in the protocol as they come, so that none is passed on. */
  readonly answersOtherwise?: true
}

const hosted = (kind: string, title: string, baseUrl: string, embeds: boolean, more: Partial<Preset> = {}): Preset => ({
  kind,
  title,
  baseUrl,
  key: 'needed',
  embeds,
  ...more,
})

const own = (kind: string, title: string, port: number, embeds: boolean, more: Partial<Preset> = {}): Preset => ({
  kind,
  title,
  baseUrl: `http://127.0.0.1:${port}/v1`,
  key: 'optional',
  embeds,
  ...more,
})

const known: readonly Preset[] = [
  // Its current API is OpenAI’s as it stands; a model is the name of a deployment.
  {
    kind: 'azure-openai',
    title: 'Azure OpenAI, at https://<resource>.openai.azure.com/openai/v1',
    baseUrl: null,
    key: 'needed',
    embeds: true,
    keyHeader: 'api-key',
  },
  {
    kind: 'bedrock-openai',
    title: 'Amazon Bedrock’s models of that protocol, at https://bedrock-runtime.<region>.amazonaws.com/openai/v1',
    baseUrl: null,
    key: 'needed',
    embeds: false,
    models: null,
  },
  hosted('cerebras', 'Cerebras', 'https://api.cerebras.ai/v1', false),
  hosted('deepinfra', 'DeepInfra', 'https://api.deepinfra.com/v1/openai', true),
  hosted('deepseek', 'DeepSeek', 'https://api.deepseek.com/v1', false, {
    quirks: { schemasInWords: true },
    without: ['structured-output'],
  }),
  hosted('fireworks', 'Fireworks', 'https://api.fireworks.ai/inference/v1', true, {
    without: ['reasoning-count'],
  }),
  hosted('github-models', 'GitHub Models', 'https://models.github.ai/inference', true, { models: '../catalog/models' }),
  hosted('groq', 'Groq', 'https://api.groq.com/openai/v1', false, { without: ['log-probabilities'] }),
  hosted('hugging-face', 'Hugging Face Inference Providers', 'https://router.huggingface.co/v1', false),
  own('llama-cpp', 'llama.cpp server', 8080, true, { reranks: true, without: ['reasoning-count'] }),
  own('lm-studio', 'LM Studio', 1234, true, { fetchesNothing: true }),
  hosted('mistral', 'Mistral', 'https://api.mistral.ai/v1', true, {
    quirks: {
      // Usage comes with the last event without being asked for.
      refuses: ['stream_options', 'logprobs', 'top_logprobs', 'logit_bias', 'user', 'store', 'service_tier'],
      renames: { seed: 'random_seed', max_completion_tokens: 'max_tokens' },
      shortCallIds: true,
    },
    without: ['reasoning-count', 'log-probabilities'],
  }),
  own('ollama', 'Ollama', 11_434, true, { fetchesNothing: true, without: ['reasoning-count', 'cached-count'] }),
  {
    kind: 'openai-compatible',
    title: 'Any server that speaks OpenAI’s protocol',
    baseUrl: null,
    key: 'optional',
    embeds: true,
    reranks: true,
  },
  hosted('openrouter', 'OpenRouter', 'https://openrouter.ai/api/v1', true),
  own('sglang', 'SGLang', 30_000, true, { reranks: true }),
  own('tabbyapi', 'TabbyAPI', 5000, true, {
    quirks: { countsWhenAsked: true },
    without: ['reasoning-count', 'cached-count'],
  }),
  own('tgi', 'Text Generation Inference', 3000, false, {
    quirks: { answersOtherwise: true },
    without: ['reasoning', 'reasoning-count', 'cached-count'],
  }),
  hosted('together', 'Together', 'https://api.together.xyz/v1', true, {
    reranks: true,
    without: ['reasoning-count', 'log-probabilities'],
  }),
  own('vllm', 'vLLM', 8000, true, { reranks: true }),
  hosted('xai', 'xAI', 'https://api.x.ai/v1', false),
]

/** By kind. */
export const presets: readonly Preset[] = known.map((preset) => {
  const seen = traffic[preset.kind]
  return seen === undefined ? preset : { ...preset, traffic: seen }
})
