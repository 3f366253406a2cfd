import type { Turn } from '../words.ts'
import type { ChatWrapper, HistoryItem, LlamaModel, Token } from './llama.ts'

export interface Prompt {
  readonly tokens: readonly Token[]
  /** What ends a turn as the template has it: tokens that stand for it, or its text. */
  readonly ends: { readonly tokens: readonly (readonly Token[])[]; readonly texts: readonly string[] }
}

/** The conversation in the template of the model. What people wrote stays text, whatever marks of the template it repeats. */
export function promptOf(
  { model, template }: { readonly model: LlamaModel; readonly template: ChatWrapper },
  turns: readonly Turn[],
  begin: string,
): Prompt {
  const history = turns.map(({ role, text }): HistoryItem =>
    role === 'model' ? { type: 'model', response: [text] } : { type: role, text },
  )
  const { contextText, stopGenerationTriggers } = template.generateContextState({
    chatHistory: [...history, { type: 'model', response: begin === '' ? [] : [begin] }],
  })
  const ends = { tokens: [] as Token[][], texts: [] as string[] }
  for (const trigger of stopGenerationTriggers) {
    if (trigger.values.every((value) => typeof value === 'string')) ends.texts.push(trigger.values.join(''))
    else ends.tokens.push(trigger.tokenize(model.tokenizer))
  }
  return {
    tokens: contextText.tokenize(model.tokenizer),
    ends: { tokens: ends.tokens.filter(({ length }) => length > 0), texts: ends.texts.filter((text) => text !== '') },
  }
}
