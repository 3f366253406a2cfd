import type { JSONObject } from '../../language.ts'
import { given, oneOf, optional, record, type Fields } from './fields.ts'

interface Marked {
  providerOptions?: { anthropic: JSONObject }
}

/** What only this protocol says of a block, message or tool, under the names that the provider's adapter reads back. */
export function marks(block: Fields, path: string, more?: JSONObject): Marked {
  const cacheControl = optional(block.cache_control, `${path}.cache_control`, readCacheControl)
  if (cacheControl === undefined) return more === undefined ? {} : { providerOptions: { anthropic: more } }
  return { providerOptions: { anthropic: { ...more, cacheControl } } }
}

export function readCacheControl(value: unknown, path: string): JSONObject {
  const control = record(value, path)
  return given({
    type: oneOf(control.type, `${path}.type`, ['ephemeral']),
    ttl: optional(control.ttl, `${path}.ttl`, (ttl, at) => oneOf(ttl, at, ['5m', '1h'])),
  })
}
