import type { JSONObject, JSONValue } from '../../language.ts'
import {
  flag,
  invalid,
  needed,
  number,
  object,
  oneOf,
  optional,
  presentOrNone,
  text,
  wholeFrom,
  type Fields,
  type Kind,
} from './fields.ts'

const knownTiers: readonly unknown[] = ['auto', 'flex', 'priority', 'fast', 'ultrafast', 'default']

/**
 * What only OpenAI understands, under the names that its package reads. That package refuses a whole call for one value that it does
 * not know, so that everything in here is checked.
 */
export function readOpenaiOptions(
  fields: Fields,
  { strictJsonSchema, isLegacy }: { readonly strictJsonSchema: boolean | undefined; readonly isLegacy: boolean },
): JSONObject | undefined {
  const parallel = optional(fields, 'parallel_tool_calls', '', flag)
  return presentOrNone({
    logitBias: optional(fields, 'logit_bias', '', logitBias),
    logprobs: readLogprobs(fields),
    // An answer with `function_call` has room for one.
    parallelToolCalls: isLegacy ? false : parallel,
    user: optional(fields, 'user', '', text),
    store: optional(fields, 'store', '', flag),
    metadata: optional(fields, 'metadata', '', metadata),
    prediction: optional(fields, 'prediction', '', prediction),
    serviceTier: optional(fields, 'service_tier', '', serviceTier),
    strictJsonSchema,
    textVerbosity: optional(fields, 'verbosity', '', oneOf(['low', 'medium', 'high'])),
    promptCacheKey: optional(fields, 'prompt_cache_key', '', text),
    promptCacheOptions: optional(fields, 'prompt_cache_options', '', cacheOptions),
    promptCacheRetention: optional(fields, 'prompt_cache_retention', '', oneOf(['in_memory', '24h'])),
    safetyIdentifier: optional(fields, 'safety_identifier', '', text),
  })
}

function readLogprobs(fields: Fields): boolean | number | undefined {
  const isAsked = optional(fields, 'logprobs', '', flag) ?? false
  const most = optional(fields, 'top_logprobs', '', wholeFrom(0))
  if (most !== undefined && most > 20) throw invalid('top_logprobs', 'must be 20 at most')
  if (most !== undefined && most > 0 && !isAsked) throw invalid('top_logprobs', 'needs logprobs to be true')
  return isAsked ? (most ?? true) : undefined
}

const logitBias: Kind<JSONObject> = (value, path) => {
  const biases = object(value, path)
  for (const token of Object.keys(biases)) {
    if (!/^\d+$/.test(token)) throw invalid(`${path}.${token.slice(0, 64)}`, 'must be the number of a token')
    needed(biases, token, path, number)
  }
  return biases as JSONObject
}

const metadata: Kind<JSONObject> = (value, path) => {
  const entries = object(value, path)
  for (const key of Object.keys(entries)) {
    if (key.length > 64) throw invalid(`${path}.${key.slice(0, 64)}`, 'must have a name of 64 characters at most')
    if (needed(entries, key, path, text).length > 512) throw invalid(`${path}.${key}`, 'must be 512 characters at most')
  }
  return entries as JSONObject
}

const prediction: Kind<JSONObject> = (value, path) => {
  const asked = object(value, path)
  needed(asked, 'type', path, oneOf(['content']))
  return asked as JSONObject
}

/** Other servers have tiers of their own: those are nothing to OpenAI, and no reason to refuse. */
const serviceTier: Kind<JSONValue | undefined> = (value, path) => {
  const tier = text(value, path)
  return knownTiers.includes(tier) ? tier : undefined
}

const cacheOptions: Kind<JSONObject | undefined> = (value, path) => {
  const asked = object(value, path)
  return presentOrNone({
    mode: optional(asked, 'mode', path, oneOf(['implicit', 'explicit'])),
    ttl: optional(asked, 'ttl', path, oneOf(['30m'])),
  })
}
