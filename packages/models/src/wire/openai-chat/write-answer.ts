import type { ChatAnswer, ChatContent } from '../../language.ts'
import type { AnswerFacts, WireCall } from '../protocol.ts'
import { finishOf, isRefusal, logprobsOf } from './finish.ts'
import { writeUsage } from './usage.ts'

type Call = Extract<ChatContent, { type: 'tool-call' }>

/** The body of an answer that came whole. */
export function writeAnswer(asked: WireCall, answer: ChatAnswer, { id, model, at }: AnswerFacts): object {
  const usage = writeUsage(answer.usage)
  return {
    id,
    object: 'chat.completion',
    created: Math.floor(at / 1000),
    model,
    choices: [choiceOf(asked, answer)],
    ...(usage === undefined ? {} : { usage }),
  }
}

function choiceOf(asked: WireCall, answer: ChatAnswer): object {
  const calls = answer.content.filter(
    (part): part is Call => part.type === 'tool-call' && part.providerExecuted !== true,
  )
  const form = asked.form['functionCall'] === true ? 'function_call' : 'tool_calls'
  const { content: text, refusal } = saidIn(asked, answer)
  const content = text === '' && (calls.length > 0 || refusal !== null) ? null : text
  const called = form === 'function_call' ? functionCallOf(calls) : toolCallsOf(calls)
  return {
    index: 0,
    message: { role: 'assistant', content, refusal, ...reasoningIn(answer), ...called },
    logprobs: logprobsIn(answer, content === null && refusal !== null),
    finish_reason: refusal === null ? finishOf(answer.finishReason, calls.length === 0 ? 'none' : form) : 'stop',
  }
}

/** Of an answer that said something and then refused they cannot be told apart. */
function logprobsIn({ providerMetadata }: ChatAnswer, isOfRefusal: boolean): object | null {
  const told = logprobsOf(providerMetadata)
  if (told === undefined) return null
  return isOfRefusal ? { content: null, refusal: told } : { content: told, refusal: null }
}

function saidIn(asked: WireCall, { content, structuredOutputText, finishReason }: ChatAnswer) {
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []))
  const refusal = isRefusal(finishReason) ? (texts.pop() ?? null) : null
  const isStructured = asked.call.responseFormat?.type === 'json' && refusal === null
  return { content: (isStructured ? structuredOutputText : undefined) ?? texts.join(''), refusal }
}

function reasoningIn({ content }: ChatAnswer): { reasoning_content?: string } {
  const reasoning = content.map((part) => (part.type === 'reasoning' ? part.text : '')).join('')
  return reasoning === '' ? {} : { reasoning_content: reasoning }
}

const functionOf = ({ toolName, input }: Call): object => ({ name: toolName, arguments: input === '' ? '{}' : input })

const toolCallsOf = (calls: readonly Call[]): object =>
  calls.length === 0
    ? {}
    : { tool_calls: calls.map((call) => ({ id: call.toolCallId, type: 'function', function: functionOf(call) })) }

const functionCallOf = ([call]: readonly Call[]): object =>
  call === undefined ? {} : { function_call: functionOf(call) }
