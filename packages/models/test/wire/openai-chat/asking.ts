import assert from 'node:assert/strict'
import { HearthError } from '@hearth/protocol'
import type { ChatCall } from '../../../src/language.ts'
import { openaiChat } from '../../../src/wire/openai-chat/protocol.ts'

export const hello = [{ role: 'user', content: 'Hello' }]

/** What a request means, which need not say what every request says. */
export const callOf = (fields: object): ChatCall =>
  openaiChat.read(JSON.parse(JSON.stringify({ model: 'm', messages: hello, ...fields }))).call

/** Without the prompt, which is the same for all of them. */
export function settingsOf(fields: object): Omit<ChatCall, 'prompt'> {
  const { prompt, ...settings } = callOf(fields)
  assert.deepEqual(prompt, [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }])
  return settings
}

export const promptOf = (...messages: readonly object[]): ChatCall['prompt'] => callOf({ messages }).prompt

/** How a request is refused: its code, and each issue as `path: message`. */
export function refusalOf(body: unknown): { readonly code: string; readonly issues: readonly string[] } {
  try {
    openaiChat.read(body)
  } catch (error) {
    assert.ok(error instanceof HearthError, String(error))
    return { code: error.code, issues: (error.issues ?? []).map(({ path, message }) => `${path}: ${message}`) }
  }
  return assert.fail('it was read')
}
