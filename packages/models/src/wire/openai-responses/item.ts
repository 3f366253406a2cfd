export type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

export interface Logprob {
  readonly token: string
  readonly bytes: readonly number[]
  readonly logprob: number
  readonly top_logprobs: readonly Omit<Logprob, 'top_logprobs'>[]
}

export interface UrlCitation {
  readonly type: 'url_citation'
  readonly start_index: number
  readonly end_index: number
  readonly url: string
  readonly title: string
}

export interface OutputText {
  readonly type: 'output_text'
  readonly text: string
  readonly annotations: readonly UrlCitation[]
  readonly logprobs: readonly Logprob[]
}

export interface SummaryText {
  readonly type: 'summary_text'
  readonly text: string
}

/** Without a status where it is reasoning: OpenAI refuses one in what a client sends back. */
export type OutputItem =
  | {
      readonly type: 'message'
      readonly id: string
      readonly role: 'assistant'
      readonly status: ItemStatus
      readonly content: readonly OutputText[]
      readonly phase?: string
    }
  | {
      readonly type: 'reasoning'
      readonly id: string
      readonly summary: readonly SummaryText[]
      readonly encrypted_content?: string
    }
  | {
      readonly type: 'function_call'
      readonly id: string
      readonly call_id: string
      readonly name: string
      readonly arguments: string
      readonly status: ItemStatus
    }
  | {
      readonly type: 'custom_tool_call'
      readonly id: string
      readonly call_id: string
      readonly name: string
      readonly input: string
      readonly status: ItemStatus
    }
  | {
      readonly type: 'image_generation_call'
      readonly id: string
      readonly result: string
      readonly output_format: string
      readonly status: 'in_progress' | 'completed'
    }

/** An event that concerns an item, but for its number. */
export interface ItemEvent {
  readonly type: string
  readonly output_index: number
  readonly [field: string]: unknown
}

/** Where items are told as they grow. */
export interface ItemWriter {
  /** An id that no item of this answer has, of the protocol's form. `wanted` is taken where it is free. */
  newId(prefix: string, wanted?: string): string
  /** Gives an item its place in the output. */
  add(item: OutputItem): number
  emit(event: ItemEvent): void
  done(index: number, item: OutputItem): void
}

/** An item that is being written. */
export interface OpenItem {
  readonly index: number
  /** As far as it has come. */
  snapshot(status: ItemStatus): OutputItem
  /** Says that no more of it comes. */
  close(status: 'completed' | 'incomplete'): void
}
