import { callMarks, type Ask, type Said } from '../words.ts'
import type { LlamaSequence, Token } from './llama.ts'
import type { OpenModel } from './open-model.ts'
import { promptOf } from './prompt.ts'
import { Speaking, type End } from './speaking.ts'

/** Whoever stops an answer waits for so many tokens of a prompt at most. */
const promptAtOnce = 256

/** What a model says to one question. Never rejects; the last that it gives is the end. */
export async function* answer(open: OpenModel, ask: Ask, signal: AbortSignal): AsyncGenerator<Said> {
  const sequence = open.free.pop()
  if (sequence === undefined) throw new Error('more was asked at once than was agreed')
  let end: End
  try {
    end = yield* answering(open, sequence, ask, signal)
  } catch {
    end = failed('garbage', 'what runs the model failed')
  }
  // Nothing of one question is there when the next one comes.
  await sequence.clearHistory()
  open.free.push(sequence)
  yield end
}

const failed = (type: 'garbage' | 'too-long' | 'stopped' | 'refused', detail: string): End => ({
  type: 'failed',
  failure: { type, detail },
})

const stopped = failed('stopped', 'nobody waits for it any more')

async function* answering(
  open: OpenModel,
  sequence: LlamaSequence,
  ask: Ask,
  signal: AbortSignal,
): AsyncGenerator<Said, End> {
  const isForced = ask.calls?.forced === true
  const prompt = promptOf(open, ask.turns, isForced ? `${callMarks.begin}\n` : '')
  const room = open.context - prompt.tokens.length
  if (room < 1) return failed('too-long', `the request is longer than the ${open.context} tokens that this model takes`)
  const speaking = new Speaking(open, ask, prompt, Math.min(room, ask.most ?? Infinity))
  try {
    await speaking.begin()
  } catch {
    return failed('refused', 'the schema is none that this model can be held to')
  }
  const from = Math.max(0, Math.ceil(prompt.tokens.length / promptAtOnce) - 1) * promptAtOnce
  for (let at = 0; at < from; at += promptAtOnce) {
    if (signal.aborted) return stopped
    await sequence.evaluateWithoutGeneratingNewTokens(prompt.tokens.slice(at, at + promptAtOnce))
  }
  if (signal.aborted) return stopped
  const samples = sequence.evaluateWithMetadata(
    prompt.tokens.slice(from),
    { confidence: ask.logprobs !== undefined, probabilities: (ask.logprobs ?? 0) > 0 },
    speaking.sampling,
  )
  try {
    for (let replacement: Token[] | undefined; ;) {
      const { done, value } = await samples.next(replacement)
      if (signal.aborted) return stopped
      const step = done === true ? speaking.ends() : speaking.take(value)
      yield* step.said
      if (step.end !== undefined) return step.end
      replacement = step.replacement
    }
  } finally {
    await samples.return()
  }
}
