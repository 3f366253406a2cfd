import { statSync } from 'node:fs'
import type { ChatCall, ChatModel } from '../../../src/language.ts'
import { localModel } from '../../../src/providers/gguf/model.ts'
import { Runner, type RunnerOptions } from '../../../src/providers/gguf/runner.ts'
import { ask } from '../conformance/answer.ts'
import { library, modelPath, skip } from './real-model.ts'

export const size = skip === false ? statSync(modelPath).size : 0

export const runnerWith = (more: Partial<RunnerOptions> = {}): Runner =>
  new Runner({
    file: { path: modelPath, size, context: 1024 },
    library: () => Promise.resolve(library),
    threads: 1,
    ...more,
  })

export const modelOf = (runner: Pick<Runner, 'ask'>): ChatModel => localModel('here', 'gemma', runner)

export const coldly = (text: string, more: Partial<ChatCall> = {}): ChatCall =>
  ask(text, { temperature: 0, maxOutputTokens: 12, ...more })

export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}
