import { boundTokens, fileKindOf } from '../catalog/call-tokens.ts'
import type { Abilities } from '../catalog/facts.ts'
import type { ChatCall, ChatMessage } from '../language.ts'

export const abilities = [
  'tools',
  'schema',
  'json',
  'images',
  'audio',
  'video',
  'pdf',
  'reasoning',
  'logprobs',
  'streaming',
] as const

/** What a call may ask of a model. `schema`: an answer that keeps to a JSON schema; `json`: JSON of whatever shape. */
export type Ability = (typeof abilities)[number]

export interface Needs {
  /** Vectors, and not an answer. */
  readonly vectors?: true
  /** Documents in order, and not an answer. */
  readonly ranking?: true
  readonly abilities: readonly Ability[]
  /** Tokens of the prompt, at most. */
  readonly input: number
  /** Tokens of the prompt, at the least. */
  readonly least: number
  /** Most tokens of the answer, where the call says so. */
  readonly output?: number
}

/** `streaming`: whether the answer is wanted piece by piece, which is not said in the call. */
export function needsOf(call: ChatCall, streaming = false): Needs {
  const asked = new Set<Ability>()
  if ((call.tools?.length ?? 0) > 0) asked.add('tools')
  if (call.responseFormat?.type === 'json') asked.add(call.responseFormat.schema === undefined ? 'json' : 'schema')
  if (call.reasoning !== undefined && !['provider-default', 'none'].includes(call.reasoning)) asked.add('reasoning')
  if (wantsLogprobs(call.providerOptions)) asked.add('logprobs')
  if (streaming) asked.add('streaming')
  for (const message of call.prompt) addMedia(message, asked)
  const { maxOutputTokens: output } = call
  const { least, most: input } = boundTokens(call)
  const isLimited = output !== undefined && Number.isSafeInteger(output) && output > 0
  return { abilities: [...asked], input, least, ...(isLimited ? { output } : {}) }
}

/** Every provider has its own name for it; OpenAI's two are what the others took over. */
function wantsLogprobs(options: ChatCall['providerOptions']): boolean {
  for (const ofProvider of Object.values(options ?? {}))
    for (const name of ['logprobs', 'topLogprobs', 'top_logprobs'])
      if (ofProvider[name] !== undefined && ofProvider[name] !== false && ofProvider[name] !== null) return true
  return false
}

const media = { image: 'images', audio: 'audio', video: 'video', pdf: 'pdf', other: undefined } as const

function addMedia({ content }: ChatMessage, asked: Set<Ability>): void {
  if (typeof content === 'string') return
  for (const part of content) {
    if (part.type === 'file') addFile(part.mediaType, asked)
    else if (part.type === 'tool-result' && part.output.type === 'content')
      for (const inner of part.output.value) if (inner.type === 'file') addFile(inner.mediaType, asked)
  }
}

function addFile(mediaType: string, asked: Set<Ability>): void {
  const ability = media[fileKindOf(mediaType)]
  if (ability !== undefined) asked.add(ability)
}

/** Undefined: nobody said. */
export function has(can: Abilities | undefined, ability: Ability): boolean | undefined {
  if (can === undefined) return undefined
  switch (ability) {
    case 'schema':
      return can.structured === undefined ? undefined : can.structured === 'schema'
    case 'json':
      return can.structured === undefined ? undefined : can.structured !== 'none'
    default:
      return can[ability]
  }
}
