import type { AttemptSpan } from '@hearth/kernel'
import type { CallRecord } from '@hearth/models'

/** Of the kinds that the conventions have another name for. */
const wellKnown: Readonly<Record<string, string>> = {
  google: 'gcp.gemini',
  'azure-openai': 'azure.ai.openai',
  bedrock: 'aws.bedrock',
  'bedrock-openai': 'aws.bedrock',
  watsonx: 'ibm.watsonx.ai',
  mistral: 'mistral_ai',
  xai: 'x_ai',
}

const operationOf = (door: string): string =>
  door.endsWith('/embeddings') ? 'embeddings' : door.endsWith('/rerank') ? 'rerank' : 'chat'

/** A call of a model as OpenTelemetry's conventions for generative AI say it. Nothing of what was said. */
export function spanOf(record: CallRecord, kindOf: (provider: string) => string | undefined): AttemptSpan {
  const { door, asked, provider, model, outcome, tokens, costUsd, firstMs, ms, id, tries } = record
  const operation = operationOf(door)
  const kind = provider === null ? undefined : (kindOf(provider) ?? provider)
  const counts = tokens ?? undefined
  return {
    // A name that leads nowhere may be anything.
    name: provider === null ? operation : `${operation} ${asked}`,
    ms,
    isError: outcome !== 'done',
    attributes: {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': kind === undefined ? undefined : (wellKnown[kind] ?? kind),
      'gen_ai.request.model': provider === null ? undefined : asked,
      'gen_ai.response.model': model ?? undefined,
      'gen_ai.usage.input_tokens': counts?.input,
      'gen_ai.usage.output_tokens': counts?.output,
      'gen_ai.usage.cache_read.input_tokens': counts?.cached,
      'gen_ai.usage.cache_creation.input_tokens': counts?.written,
      'hearth.call.first_token_seconds': firstMs === null ? undefined : firstMs / 1000,
      'error.type': outcome === 'done' ? undefined : outcome,
      'hearth.call.id': id,
      'hearth.call.attempts': tries.length,
      'hearth.call.cost_usd': costUsd === null ? undefined : Number(costUsd),
    },
  }
}
