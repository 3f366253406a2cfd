import type { ChatAnswer, ChatCall, FinishReason } from '../../language.ts'
import type { Adapt } from '../asking/parts.ts'
import { isObject } from '../failures/chain.ts'

type Options = NonNullable<ChatCall['providerOptions']>

/**
 * Marks of what is to be kept, and signatures of what was thought, are Claude’s wherever it runs: they come and go in the words of its own
 * protocol, in which clients speak of them. What other models would refuse is left out.
 */
export function inWordsOfBedrock(call: ChatCall, model: string): ChatCall {
  const isClaude = /anthropic|:application-inference-profile\//.test(model)
  const takes = { signatures: isClaude, marks: isClaude || model.includes('amazon.nova') }
  if (!takes.marks) return call
  const prompt = call.prompt.map((message) => {
    const translated = { ...message, ...optionsFor(message.providerOptions, takes) }
    if (typeof translated.content === 'string') return translated
    return {
      ...translated,
      content: translated.content.map((part) => ({ ...part, ...optionsFor(part.providerOptions, takes) })),
    }
  })
  const told = { ...call, prompt: prompt as ChatCall['prompt'] }
  const thinking = isClaude ? call.providerOptions?.['anthropic']?.['thinking'] : undefined
  return isObject(thinking) ? { ...told, providerOptions: thinkingIn(call.providerOptions, thinking) } : told
}

/** How Claude is to think, as its own protocol says it. */
function thinkingIn(options: Options | undefined, thinking: Readonly<Record<string, unknown>>): Options {
  const { type, budgetTokens, display } = thinking
  const reasoningConfig = {
    ...(['enabled', 'adaptive', 'disabled'].includes(String(type)) ? { type } : {}),
    ...(typeof budgetTokens === 'number' ? { budgetTokens } : {}),
    ...(display === 'omitted' || display === 'summarized' ? { display } : {}),
  }
  return { ...options, amazonBedrock: { ...options?.['amazonBedrock'], reasoningConfig } } as Options
}

interface Takes {
  readonly signatures: boolean
  readonly marks: boolean
}

function optionsFor(options: Options | undefined, takes: Takes): { readonly providerOptions?: Options } {
  const { cacheControl, signature, redactedData } = options?.['anthropic'] ?? {}
  const ttl = (cacheControl as { readonly ttl?: unknown } | null | undefined)?.ttl
  const found = {
    ...(takes.marks && cacheControl != null
      ? { cachePoint: { type: 'default', ...(ttl === '1h' ? { ttl } : {}) } }
      : {}),
    ...(takes.signatures && typeof signature === 'string' ? { signature } : {}),
    ...(takes.signatures && typeof redactedData === 'string' ? { redactedContent: redactedData } : {}),
  }
  if (Object.keys(found).length === 0) return {}
  return { providerOptions: { ...options, amazonBedrock: { ...options?.['amazonBedrock'], ...found } } as Options }
}

type Metadata = ChatAnswer['providerMetadata']

function metadataOf(metadata: Metadata): { readonly providerMetadata?: NonNullable<Metadata> } {
  const { signature, redactedContent, redactedData = redactedContent } = metadata?.['amazonBedrock'] ?? {}
  const anthropic =
    typeof signature === 'string' ? { signature } : typeof redactedData === 'string' ? { redactedData } : undefined
  return anthropic === undefined || metadata === undefined ? {} : { providerMetadata: { ...metadata, anthropic } }
}

/** Reasons to end that the package does not know. */
const reasons: Readonly<Record<string, FinishReason['unified']>> = {
  model_context_window_exceeded: 'length',
  malformed_model_output: 'error',
  malformed_tool_use: 'error',
}

const finishOf = (reason: FinishReason): FinishReason => ({
  ...reason,
  unified: reasons[reason.raw ?? ''] ?? reason.unified,
})

export const answerInOurs = (answer: ChatAnswer): ChatAnswer => ({
  ...answer,
  content: answer.content.map((part) =>
    part.type === 'reasoning' ? { ...part, ...metadataOf(part.providerMetadata) } : part,
  ),
  finishReason: finishOf(answer.finishReason),
})

export function partsInOurs(): Adapt {
  const written = new Set<string>()
  return (part) => {
    switch (part.type) {
      case 'finish':
        return [{ ...part, finishReason: finishOf(part.finishReason) }]
      case 'reasoning-delta':
      case 'reasoning-end':
        return [{ ...part, ...metadataOf(part.providerMetadata) }]
      case 'tool-input-delta':
        if (part.delta !== '') written.add(part.id)
        return [part]
      case 'tool-input-end':
        // The input of a tool without arguments comes as nothing.
        return written.has(part.id) ? [part] : [{ type: 'tool-input-delta', id: part.id, delta: '{}' }, part]
      default:
        return [part]
    }
  }
}
