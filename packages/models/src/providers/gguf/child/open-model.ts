import { pathToFileURL } from 'node:url'
import type { ModelFailure } from '../../../failure.ts'
import type { ToChild } from '../words.ts'
import type { ChatWrapper, Library, Llama, LlamaModel, LlamaSequence } from './llama.ts'

export interface OpenModel {
  readonly library: Library
  readonly llama: Llama
  readonly model: LlamaModel
  readonly template: ChatWrapper
  /** Tokens of prompt and answer together. */
  readonly context: number
  /** Those that nobody uses at the moment. The server asks no more at once than there are. */
  readonly free: LlamaSequence[]
}

type Opened =
  | { readonly type: 'opened'; readonly model: OpenModel }
  | { readonly type: 'failed'; readonly failure: ModelFailure }

const failed = (detail: string): Opened => ({ type: 'failed', failure: { type: 'unknown-model', detail } })

export async function openModel(how: Extract<ToChild, { type: 'open' }>): Promise<Opened> {
  const { file, sequences, threads } = how
  let library: Library
  let llama: Llama
  try {
    library = (await import(pathToFileURL(how.library).href)) as Library
    llama = await library.getLlama({
      gpu: false,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logLevel: 'error',
      maxThreads: threads,
      logger: () => undefined,
    })
  } catch {
    return failed('what runs local models does not work on this machine')
  }
  try {
    const model = await llama.loadModel({ modelPath: file, gpuLayers: 0, useMmap: true })
    const context = await model.createContext({ sequences, contextSize: how.context, threads })
    const template = library.resolveChatWrapper(model, { warningLogs: false })
    const free = Array.from({ length: sequences }, () => context.getSequence())
    return { type: 'opened', model: { library, llama, model, template, context: context.contextSize, free } }
  } catch (error) {
    return failed(isTooLarge(error) ? 'it does not fit into the memory of this machine' : 'its file cannot be loaded')
  }
}

const isTooLarge = (error: unknown): boolean => error instanceof Error && error.name === 'InsufficientMemoryError'
