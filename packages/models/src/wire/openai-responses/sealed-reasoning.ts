import * as z from 'zod'
import type { JSONObject } from '../../language.ts'
import { sealMark } from './seal-mark.ts'

export type ProviderFields = Readonly<Record<string, JSONObject>>

const longest = 1_000_000
/** Their reasoning has this protocol's own form, and their options would reach items that a provider keeps. */
const own = ['openai', 'azure']

const sealed = z.record(z.string(), z.record(z.string(), z.string()))

/**
 * What a provider other than OpenAI wants to see again of its reasoning, such as a signature, as the opaque content that clients of this
 * protocol send back: without it a Claude model refuses the results of the tools that it called while it thought. It is neither
 * secret nor trusted: whoever forges it could as well write the reasoning of a request in the provider's own protocol.
 */
export function sealReasoning(metadata: ProviderFields): string | undefined {
  const kept = Object.entries(metadata)
    .filter(([provider]) => !own.includes(provider))
    .map(([provider, fields]) => [provider, Object.entries(fields).filter(([, value]) => typeof value === 'string')])
    .filter(([, fields]) => fields?.length !== 0)
    .map(([provider, fields]) => [provider, Object.fromEntries(fields as [string, string][])])
  if (kept.length === 0) return undefined
  return sealMark + Buffer.from(JSON.stringify(Object.fromEntries(kept))).toString('base64url')
}

/** Undefined where it is no such content. */
export function unsealReasoning(content: string): ProviderFields | undefined {
  if (!content.startsWith(sealMark) || content.length > longest) return undefined
  try {
    const parsed = sealed.parse(JSON.parse(Buffer.from(content.slice(sealMark.length), 'base64url').toString()))
    return Object.fromEntries(Object.entries(parsed).filter(([provider]) => !own.includes(provider)))
  } catch {
    return undefined
  }
}
