// What is used of node-llama-cpp. The package is not among those that Hearth is installed with, so that its own types are not there.

export type Token = number

export interface Llama {
  loadModel(options: { readonly modelPath: string; readonly gpuLayers: 0; readonly useMmap: true }): Promise<LlamaModel>
  createGrammar(options: { readonly grammar: string }): Promise<object>
}

export interface LlamaModel {
  readonly trainContextSize: number
  readonly tokenizer: unknown
  createContext(options: {
    readonly sequences: number
    readonly contextSize: number
    readonly threads: number
  }): Promise<LlamaContext>
  tokenize(text: string, specialTokens?: boolean): Token[]
  detokenize(tokens: readonly Token[], specialTokens?: boolean, lastTokens?: readonly Token[]): string
}

export interface LlamaContext {
  readonly contextSize: number
  getSequence(): LlamaSequence
}

export interface LlamaSequence {
  clearHistory(): Promise<void>
  evaluateWithoutGeneratingNewTokens(tokens: readonly Token[]): Promise<void>
  evaluateWithMetadata(
    tokens: readonly Token[],
    metadata: { readonly confidence: boolean; readonly probabilities: boolean },
    options: Sampling,
  ): AsyncGenerator<Sampled, void, undefined | Token[]>
}

export interface Sampling {
  readonly temperature: number
  readonly topK: number
  readonly topP: number
  readonly seed?: number
  readonly grammarEvaluationState: () => object | undefined
  readonly repeatPenalty?: {
    readonly punishTokens: () => Token[]
    readonly penalty: number
    readonly frequencyPenalty: number
    readonly presencePenalty: number
  }
}

export interface Sampled {
  readonly token: Token
  readonly confidence?: number
  /** The most probable first. */
  readonly probabilities?: ReadonlyMap<Token, number>
}

export type HistoryItem =
  | { readonly type: 'system' | 'user'; readonly text: string }
  | { readonly type: 'model'; readonly response: readonly string[] }

export interface LlamaText {
  readonly values: readonly unknown[]
  tokenize(tokenizer: unknown): Token[]
}

export interface ChatWrapper {
  generateContextState(options: { readonly chatHistory: readonly HistoryItem[] }): {
    readonly contextText: LlamaText
    readonly stopGenerationTriggers: readonly LlamaText[]
  }
}

export interface Library {
  getLlama(options: {
    readonly gpu: false
    readonly build: 'never'
    readonly skipDownload: true
    readonly progressLogs: false
    readonly logLevel: 'error'
    readonly maxThreads: number
    readonly logger: (level: string, message: string) => void
  }): Promise<Llama>
  resolveChatWrapper(model: LlamaModel, options: { readonly warningLogs: false }): ChatWrapper
  readonly LlamaGrammarEvaluationState: new (options: {
    readonly model: LlamaModel
    readonly grammar: object
  }) => object
}
