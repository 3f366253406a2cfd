import { usageOf } from '../wire/openai-embeddings/protocol.ts'
import type { Tried } from '../gateway/tried.ts'
import { sharesOf, type Member } from './members.ts'
import { fieldsIn, isFields, type Fields } from '../fields.ts'

type Done = Extract<Tried, { readonly type: 'done' }>

/** Gives each of them its part of the answer, and of what it took. */
export function partOut(members: readonly Member[], body: Buffer, tried: Done): void {
  const answer = fieldsIn(body)
  const vectors = answer === null ? null : inOrder(answer['data'])
  const total = tried.usage?.inputTokens.total
  const weights = members.map(({ tokens }) => tokens)
  const shares = total === undefined ? null : sharesOf(total, weights)
  const wanted = members.reduce((sum, { texts }) => sum + texts.length, 0)
  let from = 0
  for (const [at, member] of members.entries()) {
    const tokens = shares?.[at]
    const usage = tokens === undefined ? undefined : usageOf(tokens)
    const own = vectors?.slice(from, (from += member.texts.length))
    if (answer === null || own === undefined || vectors?.length !== wanted) {
      const how = { failure: unreadable, begun: false, together: members.length } as const
      member.resolve({ type: 'failed', ...how, usage, firstMs: null })
      continue
    }
    const data = own.map((vector, index) => ({ ...vector, index }))
    const told = { prompt_tokens: tokens ?? 0, total_tokens: tokens ?? 0 }
    write(member, Buffer.from(JSON.stringify({ ...answer, data, usage: told })), usage)
    member.resolve({ ...tried, usage, together: members.length })
  }
}

/** They failed together. Bytes that came of an answer are counted once. */
export function failAll(members: readonly Member[], tried: Exclude<Tried, Done>): void {
  const { length } = tried
  const own = length === undefined ? {} : { length: Math.ceil(length / members.length) }
  for (const { resolve } of members) resolve({ ...tried, ...own, together: members.length })
}

function write({ trying, headers }: Member, body: Buffer, usage: Done['usage']): void {
  const { sink } = trying.exchange
  if (sink.isGone) return
  sink.head(200, { ...headers(usage), 'content-type': 'application/json', 'content-length': String(body.length) })
  sink.end(body)
}

const unreadable = { type: 'garbage', detail: 'its vectors are not one for each text' } as const

function inOrder(data: unknown): readonly Fields[] | null {
  if (!Array.isArray(data)) return null
  const vectors: Fields[] = []
  for (const [at, one] of data.entries()) {
    if (!isFields(one)) return null
    const { index = at } = one
    if (typeof index !== 'number' || !(index >= 0 && index < data.length) || vectors[index] !== undefined) return null
    vectors[index] = one
  }
  return vectors
}
