import assert from 'node:assert/strict'
import type { ChatPart } from '../../../src/language.ts'
import { eventsOf, read, streamed, type Script } from './answering.ts'

export const said = (id: string, ...deltas: readonly string[]): ChatPart[] => [
  { type: 'text-start', id },
  ...deltas.map((delta): ChatPart => ({ type: 'text-delta', id, delta })),
  { type: 'text-end', id },
]
export const called = (id: string, toolName: string, ...deltas: readonly string[]): ChatPart[] => [
  { type: 'tool-input-start', id, toolName },
  ...deltas.map((delta): ChatPart => ({ type: 'tool-input-delta', id, delta })),
  { type: 'tool-input-end', id },
  { type: 'tool-call', toolCallId: id, toolName, input: deltas.join('') },
]

/** The events of an answer without the responses in them, and their types and numbers checked. */
export function told(script: Script, request: object = {}): readonly Record<string, unknown>[] {
  const events = eventsOf(streamed(read({ stream: true, ...request }), script))
  assert.deepEqual(
    events.map((event) => event['sequence_number']),
    events.map((_, index) => index),
  )
  assert.deepEqual(
    events.slice(0, 2).map(({ type }) => type),
    ['response.created', 'response.in_progress'],
  )
  return events.slice(2).map(({ sequence_number: _number, response: _response, ...event }) => event)
}

/** In short: the type and the place of each. */
export const outline = (script: Script, request: object = {}): readonly string[] =>
  told(script, request).map(({ type, output_index: index, delta }) =>
    [String(type).replace('response.', ''), index, delta].filter((one) => one !== undefined).join(' '),
  )
