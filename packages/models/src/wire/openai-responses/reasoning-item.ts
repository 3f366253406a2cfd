import type { JSONObject } from '../../language.ts'
import type { ItemWriter, OpenItem, OutputItem, SummaryText } from './item.ts'
import { openaiFields, type Metadata } from './provider-fields.ts'
import { sealReasoning } from './sealed-reasoning.ts'

export interface ReasoningItem extends OpenItem {
  readonly kind: 'reasoning'
  /** Of the provider, where it says which item the text is of. */
  readonly sourceId: string | undefined
  /** A further part of the same summary. */
  startPart(): void
  delta(text: string): void
  /** What the provider says of it beside its text, which it may do at any time before it ends. */
  learn(metadata: Metadata): void
  /** What it says at the end of a part. What OpenAI encrypts is complete only there. */
  conclude(metadata: Metadata): void
}

const summaryText = (text: string): SummaryText => ({ type: 'summary_text', text })

export function openReasoning(writer: ItemWriter, started: Metadata): ReasoningItem {
  const { itemId } = openaiFields(started)
  const id = writer.newId('rs', itemId)
  const summary: string[] = []
  let isPartOpen = false
  let encrypted: string | undefined
  const others: Record<string, JSONObject> = {}

  const snapshot = (): OutputItem => {
    const content = encrypted ?? sealReasoning(others)
    return {
      type: 'reasoning',
      id,
      summary: summary.map(summaryText),
      ...(content === undefined ? {} : { encrypted_content: content }),
    }
  }
  const index = writer.add({ type: 'reasoning', id, summary: [] })
  const place = (): { readonly item_id: string; readonly output_index: number; readonly summary_index: number } => ({
    item_id: id,
    output_index: index,
    summary_index: summary.length - 1,
  })
  const learn = (metadata: Metadata): void => {
    for (const [provider, fields] of Object.entries(metadata ?? {}))
      others[provider] = { ...others[provider], ...fields }
  }
  const endPart = (): void => {
    if (!isPartOpen) return
    isPartOpen = false
    const text = summary.at(-1) ?? ''
    writer.emit({ type: 'response.reasoning_summary_text.done', ...place(), text })
    writer.emit({ type: 'response.reasoning_summary_part.done', ...place(), part: summaryText(text) })
  }

  return {
    kind: 'reasoning',
    index,
    sourceId: itemId,
    snapshot,
    startPart: endPart,
    learn,
    conclude: (metadata) => {
      learn(metadata)
      encrypted = openaiFields(metadata).reasoningEncryptedContent ?? encrypted
    },
    delta: (delta) => {
      if (!isPartOpen) {
        isPartOpen = true
        summary.push('')
        writer.emit({ type: 'response.reasoning_summary_part.added', ...place(), part: summaryText('') })
      }
      summary[summary.length - 1] += delta
      writer.emit({ type: 'response.reasoning_summary_text.delta', ...place(), delta })
    },
    close: () => {
      endPart()
      writer.done(index, snapshot())
    },
  }
}
