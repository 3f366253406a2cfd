import { failureOf } from '../../failure-of.ts'
import { ModelError } from '../../failure.ts'
import type { ChatAnswer, ChatCall, ChatModel, ChatPart, FinishReason, Usage } from '../../language.ts'
import type { ProviderManifest } from '../../provider.ts'
import { whyStopped } from '../asking/asked.ts'
import { begun } from '../asking/begun.ts'
import { tokensIn, usageOf } from '../asking/estimate.ts'
import { Parts } from '../asking/parts.ts'
import { casting, type Beat, type Scene, type Script, type ScriptedUsage } from './script.ts'

/** What a scripted model was asked. */
export interface AskedOfScripted {
  readonly model: string
  /** Without the signal. */
  readonly call: ChatCall
  readonly streams: boolean
  /** Null while it answers. */
  readonly ended: 'finished' | 'failed' | null
}

export interface Scripted {
  /** All models of one script play from the same scenes. */
  model(name?: string): ChatModel
  readonly asked: readonly AskedOfScripted[]
  /** For whoever takes providers. */
  readonly manifest: ProviderManifest
}

export interface ScriptedOptions {
  /** Waits by this clock; without it by that of the process. */
  readonly clock?: { after(ms: number, call: () => void): () => void }
}

const systemClock = {
  after: (ms: number, call: () => void): (() => void) => {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
}

/** A model that plays a script, and notes what it was asked. It behaves as those of the providers do, failures included. */
export function createScripted(script: Script, { clock = systemClock }: ScriptedOptions = {}): Scripted {
  const asked: AskedOfScripted[] = []
  const cast = casting(script)
  const play = (model: string, call: ChatCall, streams: boolean): Playing => {
    const { abortSignal: signal, ...rest } = call
    const place = asked.push({ model, call: rest, streams, ended: null }) - 1
    const end = (ended: 'finished' | 'failed'): void => void (asked[place] = { model, call: rest, streams, ended })
    const scene = cast(model, call)
    return { scene, call, end, stop: stopBy(signal), wait: (ms, stopped) => waitFor(clock, ms, stopped) }
  }
  const model = (name = 'scripted'): ChatModel => ({
    specificationVersion: 'v4',
    provider: 'scripted',
    modelId: name,
    supportedUrls: {},
    doGenerate: (call) => whole(play(name, call, false)),
    doStream: async (call) => ({ stream: await streamed(play(name, call, true)) }),
  })
  return { model, asked, manifest: manifestOf(model) }
}

const manifestOf = (model: (name: string) => ChatModel): ProviderManifest => ({
  kind: 'scripted',
  title: 'A script in the place of a model, for tests',
  baseUrl: null,
  key: 'none',
  does: ['chat'],
  speaks: {},
  open: async () => () => ({ headers: {}, chat: model, list: async () => [{ id: 'scripted' }] }),
})

/** One answer as it is played. */
interface Playing {
  readonly scene: Scene | null
  readonly call: ChatCall
  readonly stop: AbortController
  readonly end: (ended: 'finished' | 'failed') => void
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
}

function stopBy(signal: AbortSignal | undefined): AbortController {
  const stop = new AbortController()
  const abort = (): void => stop.abort(signal?.reason)
  if (signal?.aborted === true) abort()
  signal?.addEventListener('abort', abort, { once: true })
  return stop
}

function waitFor(clock: NonNullable<ScriptedOptions['clock']>, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, resolve)
    const stopped = (): void => {
      cancel()
      reject(signal.reason as Error)
    }
    if (signal.aborted) stopped()
    else signal.addEventListener('abort', stopped, { once: true })
  })
}

function partsOf(playing: Playing): Parts {
  const { signal } = playing.stop
  return new Parts({
    stream: streamFrom(played(playing)),
    adapt: (part) => [part],
    holdsCalls: false,
    tellsRaw: false,
    failureOf: (error) => (signal.aborted ? whyStopped(signal) : failureOf(error)),
  })
}

function streamFrom(parts: AsyncGenerator<ChatPart>): ReadableStream<ChatPart> {
  return new ReadableStream<ChatPart>(
    {
      pull: async (controller) => {
        const { done, value } = await parts.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
    },
    { highWaterMark: 0 },
  )
}

function streamed(playing: Playing): Promise<ReadableStream<ChatPart>> {
  const close = (): void => {
    playing.stop.abort()
    playing.end('failed')
  }
  return begun(partsOf(playing), { begun: () => undefined, close })
}

async function whole(playing: Playing): Promise<ChatAnswer> {
  const parts = partsOf(playing)
  const content: ChatAnswer['content'] = []
  const texts = new Map<string, { readonly type: 'text' | 'reasoning'; text: string }>()
  for (let part = await parts.next(); part !== null; part = await parts.next()) {
    if (part.type === 'error') throw part.error as ModelError
    if (part.type === 'text-start' || part.type === 'reasoning-start') {
      const block = { type: part.type === 'text-start' ? ('text' as const) : ('reasoning' as const), text: '' }
      texts.set(part.id, block)
      content.push(block)
    }
    const block = 'delta' in part ? texts.get(part.id) : undefined
    if (block !== undefined && 'delta' in part) block.text += part.delta
    if (part.type === 'tool-call') content.push(part)
    if (part.type === 'finish') return { content, finishReason: part.finishReason, usage: part.usage, warnings: [] }
  }
  throw new ModelError({ type: 'lost', detail: 'the answer broke off' })
}

async function* played(playing: Playing): AsyncGenerator<ChatPart> {
  const { scene, end, stop } = playing
  try {
    stop.signal.throwIfAborted()
    if (scene === null) throw new ModelError({ type: 'refused', detail: 'the script has nothing to say to this' })
    yield { type: 'stream-start', warnings: [] }
    for (const [index, beat] of withEnd(scene).entries())
      for await (const part of beatParts(beat, index, playing)) {
        stop.signal.throwIfAborted()
        if (part.type === 'finish') end('finished')
        yield part
        if (part.type === 'finish') return
      }
  } catch (error) {
    end('failed')
    throw error
  }
}

const withEnd = ({ beats }: Scene): readonly Beat[] => [...beats, { type: 'finish' }]

async function* beatParts(beat: Beat, index: number, playing: Playing): AsyncGenerator<ChatPart> {
  const { stop, wait, scene, call } = playing
  const id = String(index)
  switch (beat.type) {
    case 'text':
    case 'reasoning':
      yield { type: `${beat.type}-start`, id }
      for (const delta of beat.pieces) yield { type: `${beat.type}-delta`, id, delta }
      yield { type: `${beat.type}-end`, id }
      return
    case 'call':
      return yield* callParts(beat, index)
    case 'wait':
      return await wait(beat.ms, stop.signal)
    case 'fail':
      throw new ModelError(beat.failure)
    case 'lost':
      throw Object.assign(new Error('the connection was reset'), { code: 'ECONNRESET' })
    case 'garbage':
      throw Object.assign(new Error('nobody can read this'), { name: 'AI_JSONParseError' })
    case 'endless':
      return yield* endlessParts(beat.piece, id, stop.signal)
    case 'finish':
      yield finish(beat, scene, call)
  }
}

function* callParts({ name, pieces, id }: Extract<Beat, { type: 'call' }>, index: number): Generator<ChatPart> {
  const callId = id ?? `call_${index + 1}`
  yield { type: 'tool-input-start', id: callId, toolName: name }
  for (const delta of pieces) yield { type: 'tool-input-delta', id: callId, delta }
  yield { type: 'tool-input-end', id: callId }
  yield { type: 'tool-call', toolCallId: callId, toolName: name, input: pieces.join('') }
}

async function* endlessParts(delta: string, id: string, signal: AbortSignal): AsyncGenerator<ChatPart> {
  yield { type: 'text-start', id }
  for (;;) {
    signal.throwIfAborted()
    yield { type: 'text-delta', id, delta }
    // Whoever stops it has to come to word.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function finish(beat: Extract<Beat, { type: 'finish' }>, scene: Scene | null, call: ChatCall): ChatPart {
  const beats = scene?.beats ?? []
  const unified: FinishReason['unified'] =
    beat.reason ?? (beats.some(({ type }) => type === 'call') ? 'tool-calls' : 'stop')
  const said = beats.map((one) => ('pieces' in one ? one.pieces : []))
  const usage = beat.usage === undefined ? usageOf(tokensIn(call.prompt), tokensIn(said)) : usageFrom(beat.usage)
  return { type: 'finish', finishReason: { unified, raw: unified }, usage }
}

const usageFrom = ({ input, output, cached = 0, reasoning = 0 }: ScriptedUsage): Usage => ({
  inputTokens: { total: input, noCache: input - cached, cacheRead: cached, cacheWrite: 0 },
  outputTokens: { total: output, text: output - reasoning, reasoning },
})
