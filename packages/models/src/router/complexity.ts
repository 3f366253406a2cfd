import type { ChatCall, ChatMessage } from '../language.ts'
import { signsOf, type Signs } from './signs.ts'

/** How hard a call looks, from 0 to 1, and by what. An estimate to choose a model by, made without asking one. */
export interface Complexity {
  readonly score: number
  readonly reasons: readonly Reason[]
  /** The class of tasks that it looks like. */
  readonly task: Task
}

export interface Reason {
  readonly type: keyof typeof weights
  readonly adds: number
}

export type Task = 'chat' | 'code' | 'mathematics' | 'extraction' | 'tools'

/** What each sign adds at most. */
const weights = {
  /** Grows with the logarithm of the prompt's length: nothing below 200 characters, all of it from 200,000 on. */
  length: 0.2,
  /** Code, as such or in a fence. */
  code: 0.15,
  mathematics: 0.2,
  /** A third for each question after the first. */
  questions: 0.09,
  /** A seventh for each demand: must, exactly, at least, without; an item of a list counts as one. */
  demands: 0.21,
  /** To compare, derive, design, debug, prove: half for the first such word, all for two. */
  analysis: 0.2,
  /** Some for one tool, all of it from eight on. */
  tools: 0.1,
  schema: 0.05,
  /** The more has been said. */
  turns: 0.08,
  /** Letters of more than one script. */
  languages: 0.04,
  /** Whoever asks for it expects a hard one. */
  reasoning: 0.2,
} as const

/**
 * Looks at the length of everything, and at the words of the last thing a person said: of a long one at its first and last 2,000
 * characters. The words are those of English, German, French and Spanish, and some of Chinese.
 */
export function complexityOf(call: ChatCall): Complexity {
  const signs = signsOf(lastWords(call.prompt))
  const tools = call.tools?.length ?? 0
  const wantsSchema = call.responseFormat?.type === 'json'
  const shares: { readonly [K in keyof typeof weights]: number } = {
    length: Math.log10(Math.max(1, lengthOf(call.prompt) / 200)) / 3,
    code: signs.code ? 1 : 0,
    mathematics: signs.mathematics > 0 ? 1 : 0,
    questions: (signs.questions - 1) / 3,
    demands: signs.demands / 7,
    analysis: signs.analysis / 2,
    tools: tools === 0 ? 0 : 0.3 + tools / 12,
    schema: wantsSchema ? 1 : 0,
    turns: (call.prompt.length - 4) / 16,
    languages: signs.scripts > 1 ? 1 : 0,
    reasoning: reasoningShare(call.reasoning),
  }
  const reasons = (Object.keys(weights) as (keyof typeof weights)[]).flatMap((type): Reason[] => {
    const adds = hundredths(weights[type] * Math.min(1, Math.max(0, shares[type])))
    return adds === 0 ? [] : [{ type, adds }]
  })
  const score = Math.min(1, hundredths(reasons.reduce((sum, { adds }) => sum + adds, 0)))
  return { score, reasons, task: taskOf(signs, wantsSchema, tools) }
}

function taskOf({ mathematics, code }: Signs, wantsSchema: boolean, tools: number): Task {
  if (mathematics > 0) return 'mathematics'
  if (code) return 'code'
  if (wantsSchema) return 'extraction'
  return tools > 0 ? 'tools' : 'chat'
}

const hundredths = (value: number): number => Math.round(value * 100) / 100

const lookedAt = 2000

function lastWords(prompt: readonly ChatMessage[]): string {
  let text = ''
  for (const part of prompt.findLast((message) => message.role === 'user')?.content ?? [])
    if (part.type === 'text') text += text === '' ? part.text : `\n${part.text}`
  return text.length <= 2 * lookedAt ? text : `${text.slice(0, lookedAt)}\n${text.slice(-lookedAt)}`
}

function lengthOf(prompt: readonly ChatMessage[]): number {
  let length = 0
  for (const { content } of prompt) {
    if (typeof content === 'string') length += content.length
    else for (const part of content) if (part.type === 'text' || part.type === 'reasoning') length += part.text.length
  }
  return length
}

function reasoningShare(asked: ChatCall['reasoning']): number {
  switch (asked) {
    case 'high':
    case 'xhigh':
    case 'max':
      return 1
    case 'medium':
      return 0.5
    default:
      return 0
  }
}
