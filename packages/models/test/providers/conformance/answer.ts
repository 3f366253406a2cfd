import assert from 'node:assert/strict'
import { ModelError, type ModelFailure } from '../../../src/failure.ts'
import type { ChatAnswer, ChatCall, ChatModel, ChatPart, FinishReason, Usage } from '../../../src/language.ts'
import { anywhere, aroundLines, at, everywhere, nowhere, type Cut } from './cutting.ts'
import { chatAt, json, recorded, stream, type Tried } from './subject.ts'

/** An answer, however it came. */
export interface Told {
  readonly text: string
  readonly reasoning: string
  readonly calls: readonly { readonly name: string; readonly input: unknown }[]
  readonly ids: readonly string[]
  readonly finish: FinishReason | undefined
  readonly usage: Usage | undefined
  readonly metadata: ChatAnswer['providerMetadata']
  readonly failure: ModelFailure | undefined
  readonly parts: readonly ChatPart[]
}

export const ask = (text: string, more: Partial<ChatCall> = {}): ChatCall => ({
  prompt: [{ role: 'user', content: [{ type: 'text', text }] }],
  ...more,
})

/** A failure in whichever of its places. */
export function failureIn(error: unknown): ModelFailure {
  assert.ok(error instanceof ModelError, `a failure is a ModelError, and this is ${String(error)}`)
  assert.equal(error.cause, undefined, 'what caused it would hold the request')
  return error.failure
}

export async function failureFrom(failing: PromiseLike<unknown>): Promise<ModelFailure> {
  try {
    await failing
  } catch (error) {
    return failureIn(error)
  }
  return assert.fail('it did not fail')
}

export function toldWhole({ content, finishReason, usage, providerMetadata }: ChatAnswer): Told {
  const of = (type: 'text' | 'reasoning'): string =>
    content.map((part) => (part.type === type ? part.text : '')).join('')
  const calls = content.filter((part) => part.type === 'tool-call')
  return {
    text: of('text'),
    reasoning: of('reasoning'),
    calls: calls.map(({ toolName, input }) => ({ name: toolName, input: JSON.parse(input) as unknown })),
    ids: calls.map(({ toolCallId }) => toolCallId),
    finish: finishReason,
    usage,
    metadata: providerMetadata,
    failure: undefined,
    parts: [],
  }
}

/** Reads a stream to its end, and holds it to its grammar. */
export async function told(streaming: ReadableStream<ChatPart>): Promise<Told> {
  const parts = await Array.fromAsync(streaming)
  checkGrammar(parts)
  const deltas = (type: 'text-delta' | 'reasoning-delta'): string =>
    parts.map((part) => (part.type === type ? part.delta : '')).join('')
  const calls = parts.filter((part) => part.type === 'tool-call')
  const last = parts.at(-1)
  return {
    text: deltas('text-delta'),
    reasoning: deltas('reasoning-delta'),
    calls: calls.map(({ toolName, input }) => ({ name: toolName, input: JSON.parse(input) as unknown })),
    ids: calls.map(({ toolCallId }) => toolCallId),
    finish: last?.type === 'finish' ? last.finishReason : undefined,
    usage: last?.type === 'finish' ? last.usage : undefined,
    metadata: last?.type === 'finish' ? last.providerMetadata : undefined,
    failure: last?.type === 'error' ? failureIn(last.error) : undefined,
    parts,
  }
}

/** What is begun is ended, inputs of calls come in pieces that make the call, and the end is one of two. */
function checkGrammar(parts: readonly ChatPart[]): void {
  const ends = parts.filter(({ type }) => type === 'finish' || type === 'error')
  assert.deepEqual(ends, parts.slice(-1), 'a stream ends once, with its last part')
  const inputs = new Map<string, string>()
  const open = new Set<string>()
  for (const part of parts) {
    const form = /^(text|reasoning|tool-input)-(start|delta|end)$/.exec(part.type)
    if (form !== null && 'id' in part) {
      const name = `${form[1]} ${part.id}`
      assert.equal(open.has(name), form[2] !== 'start', `${part.type} ${part.id} in its place`)
      if (form[2] === 'start') open.add(name)
      if (form[2] === 'end') open.delete(name)
    }
    if (part.type === 'tool-input-delta') inputs.set(part.id, (inputs.get(part.id) ?? '') + part.delta)
    if (part.type === 'tool-call' && inputs.has(part.toolCallId))
      assert.equal(inputs.get(part.toolCallId), part.input, 'the pieces of an input make the input')
  }
  if (parts.at(-1)?.type === 'finish') assert.deepEqual([...open], [], 'what is begun is ended')
}

export async function streamedBy(model: ChatModel, call: ChatCall): Promise<Told> {
  const { stream: streaming } = await model.doStream(call)
  return told(streaming)
}

const cuts: readonly (readonly [string, Cut])[] = [
  ['uncut', nowhere],
  ['cut at every byte', everywhere],
  ['cut around every end of a line', aroundLines],
  ...Array.from({ length: 3 }, (_, seed): readonly [string, Cut] => [`cut by seed ${seed}`, anywhere(seed, 9)]),
]

/** A recording whole and as a stream, cut in many ways, each time looked at. */
export async function eachWay(
  tried: Tried,
  recording: string,
  call: ChatCall,
  look: (told: Told, way: string) => void,
): Promise<void> {
  const { subject, upstream } = tried
  upstream.play(json(recorded(subject, `${recording}.json`)))
  const model = await chatAt(tried)
  look(toldWhole(await model.doGenerate(call)), 'whole')
  const body = recorded(subject, `${recording}.sse`)
  upstream.play(stream(body))
  for (const [way, cut] of cuts) look(await streamedBy(await chatAt(tried, cut), call), way)
}

/** A stream cut into two at one place after another. */
export async function eachSplit(
  tried: Tried,
  recording: string,
  call: ChatCall,
  look: (told: Told, way: string) => void,
): Promise<void> {
  const body = recorded(tried.subject, `${recording}.sse`)
  tried.upstream.play(stream(body))
  const places = [...new Set([...anywhere(7, 24)(body), ...aroundLines(body)])]
  for (const place of places)
    look(await streamedBy(await chatAt(tried, at(place)), call), `cut behind byte ${place} of ${body.length}`)
}
