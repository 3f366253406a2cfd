import type { ChatCall, ChatMessage } from '../../language.ts'
import { lettersPerToken } from '../../providers/asking/estimate.ts'
import { anchorOf } from './anchor.ts'

/** That the next model is asked to repeat, at most. */
const tokensOfAnchor = 24

/** What the next model is asked. `prefills`: whether it goes on by itself with a text that is handed to it as the beginning of its answer. */
export function nextCall(call: ChatCall, text: string, prefills: boolean): ChatCall {
  // What was only thought is thought again.
  if (text.trim() === '') return call
  // No provider takes a beginning that ends with space.
  const said = prefills ? text.trimEnd() : text
  const prompt = [...withAnswer(call.prompt, said), ...(prefills ? [] : [instruction(text)])]
  const { maxOutputTokens: most } = call
  const asked = { ...withoutThoughts(call, prefills), prompt }
  return most === undefined ? asked : { ...asked, maxOutputTokens: mostLeft(most, text) }
}

/** Of the tokens that the whole answer may have, with those that are repeated. How many the text has is estimated low: nothing is cut short. */
export const mostLeft = (most: number, text: string): number =>
  Math.max(1, most - Math.floor(text.length / lettersPerToken)) + tokensOfAnchor

/** A client that has begun the answer itself is not told of it again. */
function withAnswer(prompt: ChatCall['prompt'], text: string): ChatCall['prompt'] {
  const said = { type: 'text', text } as const
  const last = prompt.at(-1)
  return last?.role === 'assistant'
    ? [...prompt.slice(0, -1), { ...last, content: [...last.content, said] }]
    : [...prompt, { role: 'assistant', content: [said] }]
}

/** The words that are repeated say where it goes on, space and all: without them nobody knows whether the last one was whole. */
export const instruction = (text: string): ChatMessage => ({
  role: 'user',
  content: [
    {
      type: 'text',
      text: `Your answer was cut off there, because the connection was lost. Go on with it from exactly where it stops. Begin by repeating its last words, letter by letter, and go on behind them as if nothing had happened. Repeat nothing else, and say nothing of the interruption. The last words are: ${anchorOf(text)}`,
    },
  ],
})

/** It has been thought about. A budget for thoughts may be more than is left for the answer, and a model that is to think takes no beginning. */
function withoutThoughts(call: ChatCall, prefills: boolean): ChatCall {
  const { anthropic } = call.providerOptions ?? {}
  const thinking = anthropic?.['thinking'] as { readonly type?: unknown } | undefined
  const isTold = thinking !== undefined && (prefills || thinking.type === 'enabled')
  const { reasoning, ...rest } = call
  const asked = prefills || reasoning === undefined ? rest : call
  if (!isTold) return asked
  const { thinking: _thinking, ...others } = anthropic ?? {}
  return { ...asked, providerOptions: { ...call.providerOptions, anthropic: others } }
}
