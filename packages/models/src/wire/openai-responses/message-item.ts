import type { ChatPart } from '../../language.ts'
import type { ItemStatus, ItemWriter, Logprob, OpenItem, OutputItem, OutputText, UrlCitation } from './item.ts'
import { openaiFields, type Metadata } from './provider-fields.ts'

type TextEnd = Extract<ChatPart, { readonly type: 'text-end' }>

export interface MessageItem extends OpenItem {
  readonly kind: 'message'
  /** Of the provider, where it says which item the text is of. */
  readonly sourceId: string | undefined
  /** A further text of the same message. */
  startPart(): void
  delta(text: string): void
  cite(citations: NonNullable<TextEnd['citations']>): void
  setLogprobs(logprobs: readonly Logprob[]): void
  /** Whether it holds one text alone. */
  isSingle(): boolean
}

interface Part {
  text: string
  annotations: UrlCitation[]
  logprobs: readonly Logprob[]
}

const outputText = ({ text, annotations, logprobs }: Part): OutputText => ({
  type: 'output_text',
  text,
  annotations,
  logprobs,
})

/** One that somebody else has begun to tell. */
export interface BegunMessage {
  readonly id: string
  readonly index: number
  readonly phase: string | undefined
  readonly texts: readonly string[]
  readonly last: PartStage
}

/** Of the last text of a message. `told`: its words have come to their end, and it has not yet. */
type PartStage = 'open' | 'told' | 'ended'

export function openMessage(writer: ItemWriter, metadata: Metadata): MessageItem {
  const { itemId, phase } = openaiFields(metadata)
  const id = writer.newId('msg', itemId)
  const item = { type: 'message', id, role: 'assistant', status: 'in_progress', content: [] } as const
  const index = writer.add({ ...item, ...(phase === undefined ? {} : { phase }) })
  const message = messageFrom(writer, { id, index, phase, texts: [], last: 'ended' }, itemId)
  message.startPart()
  return message
}

export function messageFrom(
  writer: ItemWriter,
  { id, index, phase, texts, last: begun }: BegunMessage,
  sourceId: string | undefined,
): MessageItem {
  const parts: Part[] = texts.map((text) => ({ text, annotations: [], logprobs: [] }))
  let stage = begun
  const snapshot = (status: ItemStatus): OutputItem => ({
    type: 'message',
    id,
    role: 'assistant',
    status,
    content: parts.map(outputText),
    ...(phase === undefined ? {} : { phase }),
  })
  const place = { item_id: id, output_index: index }
  const last = (): Part => parts.at(-1) as Part

  const startPart = (): void => {
    endPart()
    stage = 'open'
    const part: Part = { text: '', annotations: [], logprobs: [] }
    parts.push(part)
    writer.emit({
      type: 'response.content_part.added',
      ...place,
      content_index: parts.length - 1,
      part: outputText(part),
    })
  }
  const endPart = (): void => {
    const at = { ...place, content_index: parts.length - 1 }
    if (stage === 'ended') return
    const part = last()
    if (stage === 'open')
      writer.emit({ type: 'response.output_text.done', ...at, text: part.text, logprobs: part.logprobs })
    stage = 'ended'
    writer.emit({ type: 'response.content_part.done', ...at, part: outputText(part) })
  }

  return {
    kind: 'message',
    index,
    sourceId,
    snapshot,
    startPart,
    delta: (delta) => {
      if (stage !== 'open') startPart()
      last().text += delta
      const content_index = parts.length - 1
      writer.emit({ type: 'response.output_text.delta', ...place, content_index, delta, logprobs: [] })
    },
    cite: (citations) => {
      const part = last()
      for (const citation of citations) {
        const annotation = urlCitation(citation, part.text)
        if (annotation === undefined) continue
        const annotation_index = part.annotations.push(annotation) - 1
        const at = { ...place, content_index: parts.length - 1, annotation_index }
        writer.emit({ type: 'response.output_text.annotation.added', ...at, annotation })
      }
    },
    setLogprobs: (logprobs) => {
      last().logprobs = logprobs
    },
    isSingle: () => parts.length === 1,
    close: (status) => {
      endPart()
      writer.done(index, snapshot(status))
    },
  }
}

/** Of the sources that the protocol knows, only an address can be told without a file of OpenAI's behind it. */
function urlCitation(
  { source, startIndex = 0, endIndex }: NonNullable<TextEnd['citations']>[number],
  text: string,
): UrlCitation | undefined {
  if (source.sourceType !== 'url') return undefined
  const { url, title = '' } = source
  return { type: 'url_citation', start_index: startIndex, end_index: endIndex ?? text.length, url, title }
}
