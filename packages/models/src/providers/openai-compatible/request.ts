import { createHash } from 'node:crypto'
import type { Fetch } from '../../provider.ts'
import { isObject } from '../failures/chain.ts'
import type { Quirks } from './presets.ts'

type Fields = Record<string, unknown>

/** Makes what is asked fit the server, as it goes out. */
export function fitting(fetch: Fetch, quirks: Quirks | undefined): Fetch {
  if (quirks === undefined) return fetch
  return (input, init) => {
    const body = typeof init?.body === 'string' ? JSON.stringify(fitted(JSON.parse(init.body) as Fields, quirks)) : null
    return fetch(input, body === null ? init : { ...init, body })
  }
}

function fitted(asked: Fields, quirks: Quirks): Fields {
  const { refuses = [], renames = {}, shortCallIds, schemasInWords, countsWhenAsked } = quirks
  const body = countsWhenAsked === true ? { ...asked, stream_options: { include_usage: true } } : asked
  const named = Object.entries(body).map(([name, value]) => [renames[name] ?? name, value] as const)
  const kept = Object.fromEntries(named.filter(([name]) => !refuses.includes(name)))
  const short = shortCallIds === true ? withShortIds(kept) : kept
  return schemasInWords === true ? withSchemaInWords(short) : short
}

function withShortIds(body: Fields): Fields {
  const messages = listIn(body['messages']).map((message) => ({
    ...message,
    ...(Array.isArray(message['tool_calls'])
      ? { tool_calls: listIn(message['tool_calls']).map((call) => ({ ...call, id: shortId(call['id']) })) }
      : {}),
    ...(message['tool_call_id'] === undefined ? {} : { tool_call_id: shortId(message['tool_call_id']) }),
  }))
  return { ...body, messages }
}

/** The same for the same id, so that a call and what it came to stay together. */
function shortId(id: unknown): unknown {
  if (typeof id !== 'string' || /^[A-Za-z0-9]{9}$/.test(id)) return id
  return createHash('sha256').update(id).digest('hex').slice(0, 9)
}

function withSchemaInWords(body: Fields): Fields {
  const { response_format: format, messages } = body
  if (!isObject(format) || format['type'] !== 'json_schema') return body
  const { schema } = isObject(format['json_schema']) ? format['json_schema'] : {}
  const content = `Answer with one JSON object, and nothing else, that is valid by this JSON schema:\n${JSON.stringify(schema)}`
  return {
    ...body,
    response_format: { type: 'json_object' },
    messages: [{ role: 'system', content }, ...listIn(messages)],
  }
}

const listIn = (value: unknown): readonly Fields[] => (Array.isArray(value) ? (value as readonly Fields[]) : [])
