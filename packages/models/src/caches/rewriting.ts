import type { Exchange } from '../gateway/exchange.ts'
import type { ChatAnswer, ChatContent, ChatModel, ChatPart } from '../language.ts'
import type { OpenProvider, ProtocolName } from '../provider.ts'
import type { WireCall } from '../wire/protocol.ts'
import type { KeptAnswer } from './kept-answer.ts'

/** What of an answer means the same in every protocol. */
type Plain = Pick<ChatAnswer, 'content' | 'finishReason' | 'usage'>

/** To read as many events takes ten milliseconds, which is what others may be held up. */
const mostOfStream = 65_536

/** What would be lost on the way. In an answer's text the quotes would be masked. */
const more =
  /"(?:reasoning_content|reasoning|thinking|refusal)"\s*:\s*"[^"]|"(?:annotations|citations|images)"\s*:\s*\[\s*[^\]\s]|"(?:logprobs|audio|function_call)"\s*:\s*\{/

/** What was kept in the form that is asked for now; null where it would not be the same. */
export async function rewritten(
  { form, protocol, body, model }: Pick<KeptAnswer, 'form' | 'protocol' | 'body' | 'model'>,
  asked: WireCall,
  { id, wire }: Pick<Exchange, 'id' | 'wire'>,
  at: number,
): Promise<Buffer | null> {
  if (form === 'stream' && body.length > mostOfStream) return null
  if (more.test(body.toString('utf8'))) return null
  const reader = await readerOf(protocol, form, body)
  const answer = reader === null ? null : await plain(reader, form)
  if (answer === null) return null
  const facts = { id, model, at }
  if (!asked.stream) return Buffer.from(JSON.stringify(wire.whole(asked, { ...answer, warnings: [] }, facts)))
  const stream = wire.streaming(asked, facts)
  return Buffer.from(
    partsOf(answer)
      .map((part) => stream.push(part))
      .join('') + stream.end(),
  )
}

/** The package that reads what a provider of the protocol answers, and is answered with what was kept. */
async function readerOf(protocol: ProtocolName, form: KeptAnswer['form'], body: Buffer): Promise<ChatModel | null> {
  const known = readers[protocol]
  if (known === undefined) return null
  const contentType = form === 'stream' ? 'text/event-stream' : 'application/json'
  const fetch = (): Promise<Response> =>
    Promise.resolve(new Response(Uint8Array.from(body), { headers: { 'content-type': contentType } }))
  const open = await known.load()
  return open({ name: 'kept', baseUrl: 'http://kept', key: 'kept', fetch }).chat?.(known.model) ?? null
}

interface Reader {
  readonly load: () => Promise<OpenProvider>
  readonly model: string
}

const openai = async (): Promise<OpenProvider> => (await import('../providers/openai/provider.ts')).open

const readers: Partial<Readonly<Record<ProtocolName, Reader>>> = {
  'openai-chat': { load: openai, model: 'chat/kept' },
  'openai-responses': { load: openai, model: 'responses/kept' },
  'anthropic-messages': {
    load: async () => (await import('../providers/anthropic/provider.ts')).open,
    model: 'kept',
  },
}

const anything = { prompt: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'kept' }] }] }

async function plain(model: ChatModel, form: KeptAnswer['form']): Promise<Plain | null> {
  try {
    const answer = form === 'whole' ? await model.doGenerate(anything) : await gathered(await model.doStream(anything))
    return answer === null ? null : plainOf(answer)
  } catch {
    return null
  }
}

function plainOf({ content, finishReason, usage }: Plain): Plain | null {
  const told: ChatContent[] = []
  for (const part of content) {
    if (part.type === 'text') {
      if (part.text !== '') told.push({ type: 'text', text: part.text })
    } else if (part.type === 'tool-call' && part.providerExecuted !== true) {
      const { toolCallId, toolName, input } = part
      told.push({ type: 'tool-call', toolCallId, toolName, input })
    } else return null
  }
  const { unified, raw } = finishReason
  // Which of them it was is not told.
  const isWhole = (unified === 'stop' || unified === 'tool-calls') && raw !== 'stop_sequence'
  return isWhole && told.length > 0 ? { content: told, finishReason: { unified, raw: undefined }, usage } : null
}

const silent: ReadonlySet<ChatPart['type']> = new Set([
  'stream-start',
  'response-metadata',
  'text-end',
  'tool-input-start',
  'tool-input-delta',
  'tool-input-end',
])

const saysNothing = (part: ChatPart): boolean =>
  silent.has(part.type) || (part.type === 'custom' && part.kind === 'anthropic.message_start')

async function gathered({ stream }: { readonly stream: ReadableStream<ChatPart> }): Promise<Plain | null> {
  const content: (ChatContent | { type: 'text'; text: string })[] = []
  const texts = new Map<string, { type: 'text'; text: string }>()
  let end: Pick<Plain, 'finishReason' | 'usage'> | null = null
  for await (const part of stream) {
    if (part.type === 'text-start') {
      const text = { type: 'text' as const, text: '' }
      texts.set(part.id, text)
      content.push(text)
    } else if (part.type === 'text-delta') {
      const text = texts.get(part.id)
      if (text === undefined) return null
      text.text += part.delta
    } else if (part.type === 'tool-call') content.push(part)
    else if (part.type === 'finish') end = part
    else if (!saysNothing(part)) return null
  }
  return end === null ? null : { content, finishReason: end.finishReason, usage: end.usage }
}

function partsOf({ content, finishReason, usage }: Plain): readonly ChatPart[] {
  const said = content.flatMap((part, at): readonly ChatPart[] => {
    const id = String(at)
    if (part.type === 'text')
      return [
        { type: 'text-start', id },
        { type: 'text-delta', id, delta: part.text },
        { type: 'text-end', id },
      ]
    if (part.type !== 'tool-call') return []
    const { toolCallId, toolName, input } = part
    return [
      { type: 'tool-input-start', id: toolCallId, toolName },
      { type: 'tool-input-delta', id: toolCallId, delta: input },
      { type: 'tool-input-end', id: toolCallId },
      part,
    ]
  })
  return [{ type: 'stream-start', warnings: [] }, ...said, { type: 'finish', finishReason, usage }]
}
