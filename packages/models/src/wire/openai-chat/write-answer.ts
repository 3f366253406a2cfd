import type { ChatAnswer, ChatContent } from '../../language.ts'
import type { AnswerFacts, WireCall } from '../protocol.ts'
import { finishOf, isRefusal, logprobsOf, type Finish } from './finish.ts'
import { writeUsage } from './usage.ts'

type Call = Extract<ChatContent, { type: 'tool-call' }>

/** The body of an answer that came whole. */
export function writeAnswer(asked: WireCall, answer: ChatAnswer, { id, model, at }: AnswerFacts): object {
  const calls = answer.content.filter(
    (part): part is Call => part.type === 'tool-call' && part.providerExecuted !== true,
  )
  const isLegacy = asked.form['functionCall'] === true
  const { content, refusal } = saidIn(asked, answer)
  const logprobs = logprobsOf(answer.providerMetadata)
  const message = {
    role: 'assistant',
    content: content === '' && (calls.length > 0 || refusal !== null) ? null : content,
    refusal,
    ...reasoningIn(answer),
    ...(isLegacy ? functionCallOf(calls) : toolCallsOf(calls)),
  }
  const choice = {
    index: 0,
    message,
    // They cannot be told apart where both were said.
    logprobs:
      logprobs === undefined
        ? null
        : message.content === null && refusal !== null
          ? { content: null, refusal: logprobs }
          : { content: logprobs, refusal: null },
    finish_reason: finishIn(
      answer,
      refusal !== null,
      calls.length === 0 ? 'none' : isLegacy ? 'function_call' : 'tool_calls',
    ),
  }
  const usage = writeUsage(answer.usage)
  return {
    id,
    object: 'chat.completion',
    created: Math.floor(at / 1000),
    model,
    choices: [choice],
    ...(usage === undefined ? {} : { usage }),
  }
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

const finishIn = (
  { finishReason }: ChatAnswer,
  isRefused: boolean,
  calls: 'none' | 'tool_calls' | 'function_call',
): Finish => (isRefused ? 'stop' : finishOf(finishReason, calls))
