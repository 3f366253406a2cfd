import type { ChatMessage, JSONObject } from '../../language.ts'
import { object, optional, presentOrNone, type Fields } from './fields.ts'

/** By provider: what only one of them understands. */
export type PartOptions = NonNullable<ChatMessage['providerOptions']>

/** `cache_control` is no field of OpenAI's: clients of this protocol mark with it what Anthropic's models are to keep. */
export function readPartOptions(part: Fields, at: string): PartOptions | undefined {
  const breakpoint = optional(part, 'prompt_cache_breakpoint', at, object)
  const control = optional(part, 'cache_control', at, object)
  return presentOrNone({
    openai: breakpoint === undefined ? undefined : { promptCacheBreakpoint: breakpoint as JSONObject },
    anthropic: control === undefined ? undefined : { cacheControl: control as JSONObject },
  })
}

export function mergePartOptions(
  some: PartOptions | undefined,
  more: PartOptions | undefined,
): PartOptions | undefined {
  if (some === undefined || more === undefined) return some ?? more
  const providers = new Set([...Object.keys(some), ...Object.keys(more)])
  return Object.fromEntries([...providers].map((provider) => [provider, { ...some[provider], ...more[provider] }]))
}
