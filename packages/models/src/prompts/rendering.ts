import { mostText, parseTemplate, renderTemplate, TooMuch, type Program } from './bounded.ts'
import { chooseExamples, type Chosen } from './choosing.ts'
import type { Expectation, RenderedMessage, TemplateDefinition, Values } from './definition.ts'
import { judge, type Schemas } from './judging.ts'
import { mentionsIn, type Mention } from './mentions.ts'

export type RenderRequest =
  /** Whether texts can be read, and what they ask for. */
  | { readonly type: 'check'; readonly texts: readonly string[] }
  | { readonly type: 'render'; readonly definition: TemplateDefinition; readonly values: Values }
  | { readonly type: 'judge'; readonly answer: string; readonly expectations: readonly Expectation[] }

export interface RenderFailure {
  readonly type: 'failed'
  /** `invalid`: it cannot be read. `too-much`: it takes more than it may. `failed`: it went wrong with these values. `away`: nothing could be asked. */
  readonly why: 'invalid' | 'too-much' | 'failed' | 'away'
  readonly detail: string
  /** Which of the texts. */
  readonly index?: number
}

export interface Rendered {
  readonly type: 'rendered'
  readonly messages: readonly RenderedMessage[]
  readonly chosen: readonly Chosen[]
}

export type RenderReply =
  | { readonly type: 'checked'; readonly mentions: readonly Mention[] }
  | Rendered
  | { readonly type: 'judged'; readonly faults: readonly string[] }
  | RenderFailure

/** Does what it is asked with texts that may be anybody's: in a process of its own. Never throws. */
export function answerRequest(request: RenderRequest, schemas?: Schemas): RenderReply {
  switch (request.type) {
    case 'check': {
      const programs = readAll(request.texts)
      return 'type' in programs ? programs : { type: 'checked', mentions: mentionsIn(programs) }
    }
    case 'render':
      return render(request.definition, request.values)
    case 'judge':
      return { type: 'judged', faults: judge(request.answer, request.expectations, schemas) }
  }
}

function readAll(texts: readonly string[]): readonly Program[] | RenderFailure {
  const programs: Program[] = []
  for (const [index, text] of texts.entries()) {
    try {
      programs.push(parseTemplate(text))
    } catch (error) {
      return { type: 'failed', why: 'invalid', detail: wordsOf(error), index }
    }
  }
  return programs
}

function render(definition: TemplateDefinition, values: Values): RenderReply {
  const programs = readAll(definition.messages.map(({ content }) => content))
  if ('type' in programs) return programs
  const chosen = chooseExamples(definition, values)
  const examples = chosen.map(({ index }) => definition.examples[index]).filter((one) => one !== undefined)
  const isVariable = definition.selection.as === 'variable'
  const given = isVariable ? { ...values, examples: examples.map(({ input, output }) => ({ input, output })) } : values
  const messages: RenderedMessage[] = []
  let length = 0
  for (const [index, program] of programs.entries()) {
    try {
      const content = renderTemplate(program, given)
      length += content.length
      if (length > mostText) throw new TooMuch(`it makes more than ${mostText} characters`)
      // What a condition leaves nothing of is no message.
      if (content.trim() !== '') messages.push({ role: definition.messages[index]?.role ?? 'user', content })
    } catch (error) {
      return { type: 'failed', why: isTooMuch(error) ? 'too-much' : 'failed', detail: wordsOf(error), index }
    }
  }
  if (isVariable || examples.length === 0) return { type: 'rendered', messages, chosen }
  const turns = examples.flatMap(({ input, output }): readonly RenderedMessage[] => [
    { role: 'user', content: input, example: true },
    { role: 'assistant', content: output, example: true },
  ])
  // Before the question; where there is none, before what the caller adds.
  const at = messages.at(-1)?.role === 'user' ? messages.length - 1 : messages.length
  return { type: 'rendered', messages: messages.toSpliced(at, 0, ...turns), chosen }
}

const isTooMuch = (error: unknown): boolean => error instanceof TooMuch || error instanceof RangeError

function wordsOf(error: unknown): string {
  if (error instanceof RangeError)
    return /call stack/.test(error.message) ? 'it goes deeper than it may' : 'it makes something that is too large'
  // What the parser says where it meets the end is about its own fields.
  if (error instanceof TypeError) return 'it ends too early, or uses something as what it is not'
  return (error instanceof Error ? error.message : 'it went wrong').slice(0, 300)
}
