import type { ChatCall } from '../../../../src/language.ts'
import { hour, schema, type Asked, type Case } from './case.ts'

const options = (anthropic: object): Partial<ChatCall> => ({ providerOptions: { anthropic } }) as Partial<ChatCall>

const format = { type: 'json_schema' as const, schema: { ...schema, additionalProperties: false } }

export const settings: readonly Case[] = [
  {
    what: 'how it samples',
    asked: { temperature: 0.5, top_k: 40, stop_sequences: ['END', '\n\n'] } as Asked,
    call: { temperature: 0.5, topK: 40, stopSequences: ['END', '\n\n'] },
  },
  { what: 'the share of what may come', asked: { top_p: 0.9 } as Asked, call: { topP: 0.9 } },
  {
    what: 'thinking with a budget',
    asked: { thinking: { type: 'enabled', budget_tokens: 2000 } },
    call: options({ thinking: { type: 'enabled', budgetTokens: 2000 } }),
    form: { thinking: 'shown' },
  },
  {
    what: 'thinking with a budget, not to be shown',
    asked: { thinking: { type: 'enabled', budget_tokens: 3999, display: 'omitted' } },
    call: options({ thinking: { type: 'enabled', budgetTokens: 3999 } }),
    form: { thinking: 'omitted' },
    arrives: {
      why: 'the adapter has no word for it; the thoughts are left out on the way back',
      as: { thinking: { type: 'enabled', budget_tokens: 3999 } },
    },
  },
  {
    what: 'thinking as the model sees fit',
    asked: { model: 'claude-opus-4-6', thinking: { type: 'adaptive' } },
    call: options({ thinking: { type: 'adaptive' } }),
    form: { thinking: 'shown' },
  },
  {
    what: 'thinking as the model sees fit, not to be shown',
    asked: { model: 'claude-opus-4-6', thinking: { type: 'adaptive', display: 'omitted' } },
    call: options({ thinking: { type: 'adaptive', display: 'omitted' } }),
    form: { thinking: 'omitted' },
  },
  {
    what: 'no thinking',
    asked: { thinking: { type: 'disabled' } },
    call: { reasoning: 'none', ...options({ thinking: { type: 'disabled' } }) },
  },
  ...(['low', 'medium', 'high', 'max'] as const).map((effort): Case => ({
    what: `an effort: ${effort}`,
    asked: { model: 'claude-opus-4-6', output_config: { effort } },
    call: { reasoning: effort, ...options({ effort }) },
  })),
  {
    what: 'a form of the answer',
    asked: { output_config: { format } },
    call: {
      responseFormat: { type: 'json', schema: format.schema } as NonNullable<ChatCall['responseFormat']>,
      ...options({ structuredOutputMode: 'outputFormat' }),
    },
  },
  {
    what: 'what else only Anthropic knows',
    asked: {
      cache_control: hour,
      metadata: { user_id: 'somebody' },
      service_tier: 'standard_only',
      inference_geo: 'us',
      speed: 'standard',
    },
    call: options({
      cacheControl: hour,
      metadata: { userId: 'somebody' },
      serviceTier: 'standard_only',
      speed: 'standard',
      inferenceGeo: 'us',
    }),
  },
  {
    what: 'nothing, in so many words',
    asked: {
      cache_control: null,
      container: null,
      inference_geo: null,
      speed: null,
      metadata: { user_id: null },
      output_config: { effort: null, format: null },
      stream: false,
    },
    call: {},
    arrives: { why: 'it is the same', as: { metadata: undefined, output_config: undefined, stream: undefined } },
  },
  {
    what: 'fields that nobody knows',
    asked: { context_management: { edits: [] }, something: 'new' } as Asked,
    call: {},
    arrives: { why: 'they are passed over', as: { context_management: undefined, something: undefined } },
  },
]
