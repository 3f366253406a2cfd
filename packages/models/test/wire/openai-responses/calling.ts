import assert from 'node:assert/strict'
import type OpenAI from 'openai'
import type { ChatCall } from '../../../src/language.ts'
import { answering } from './answering.ts'

export type Params = OpenAI.Responses.ResponseCreateParamsNonStreaming

/** The neutral call that comes of what the official client sends. */
export async function callOf(params: Partial<Params>): Promise<ChatCall> {
  await using there = await answering({ content: [{ type: 'text', text: 'ok' }] })
  await there.client.responses.create({ model: 'm', input: 'Hi', ...params })
  const [asked] = there.asked
  assert.ok(asked)
  return asked.call
}

export const hi = [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }]
