import { hash } from 'node:crypto'
import type { Asker, Exchange } from '../gateway/exchange.ts'
import { questionIn, type Question } from './question.ts'
import type { CacheTerms } from './setting.ts'

/** What a call is kept by. */
export interface CacheKey {
  /** The same for calls that are the same in everything. */
  readonly exact: string
  /** The same whether the answer is to come whole or as a stream. */
  readonly either: string
  /** The same for calls that differ in the last thing that was said and nothing else; null where none may stand for another. */
  readonly group: string | null
  readonly question: Question | null
}

type Asked = Pick<Exchange, 'asker' | 'protocol' | 'dialect' | 'json' | 'stream' | 'body' | 'allowPrivate'>

/**
 * All of a request decides, known here or not: its protocol, the headers that go on with it and every field, in whatever order. It is
 * of what was read that a hash is made, and a call that is kept goes on as it was read: a field that is given twice cannot mean one
 * thing in the key and another in the answer.
 */
export function keyOf(exchange: Asked, terms: CacheTerms): CacheKey {
  const { protocol, dialect, json } = exchange
  const about = [protocol, whomOf(exchange, terms), dialect]
  const { stream: _stream, stream_options: options, ...asked } = json
  const either = hashOf([...about, asked])
  const form = options == null ? 'usual' : hashOf(options)
  const exact = `${either} ${exchange.stream ? 'stream' : 'whole'} ${form}`
  const question = terms.threshold === null ? null : questionIn(protocol, json)
  const group = question === null ? null : hashOf([...about, question.rest])
  return { exact, either, group, question }
}

/** Who may have what is kept: what a file says that stands at a private address is for those alone who may have it fetched from there. */
export function whomOf({ asker, allowPrivate, body }: Asked, { scope }: CacheTerms): readonly string[] {
  const whom = whose(asker, scope)
  return scope !== 'key' && allowPrivate === true && mayNameFile(body) ? [...whom, 'private'] : whom
}

const mayNameFile = (body: Uint8Array): boolean =>
  /url"\s*:\s*"http|\\u00/i.test(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'))

/** Each part is a list, so that no id can look like two. */
export function whose({ home, kind, id }: Asker, scope: CacheTerms['scope']): readonly string[] {
  if (scope === 'tenant') return ['tenant']
  return scope === 'home' ? ['home', home] : ['key', home, kind, id]
}

export const hashOf = (value: unknown): string => hash('sha256', canonical(value), 'base64url')

/** JSON with the names of every object in order. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`
}

/** What rests on what the provider alone has, does something there, or is about more than one answer. */
const elsewhere = [
  'previous_response_id',
  'conversation',
  'prompt',
  'background',
  'container',
  'mcp_servers',
  'web_search_options',
  'plugins',
  'modalities',
] as const

/** Tools that run at the client: what comes of a call is for the client to see to, each time. */
const ofClients = /^(function|custom|bash_|text_editor_|memory_|computer_)/

/** Whether the same call may be answered by what was answered before. */
export function mayBeKept({ protocol, json }: Pick<Exchange, 'protocol' | 'json'>, { sampled }: CacheTerms): boolean {
  if (protocol === 'openai-embeddings') return true
  if (!sampled && json['temperature'] !== 0) return false
  const { tools, n } = json
  if (elsewhere.some((name) => json[name] != null && json[name] !== false)) return false
  if (json['store'] === true || (typeof n === 'number' && n > 1)) return false
  return !Array.isArray(tools) || tools.every(runsAtClient)
}

function runsAtClient(tool: unknown): boolean {
  const type = typeof tool === 'object' && tool !== null ? (tool as { readonly type?: unknown }).type : undefined
  return type === undefined || (typeof type === 'string' && ofClients.test(type))
}
