// The gateway speaks of a call in the words of the AI SDK's provider specification (decision 33). They are named here once, so that
// a new version of it is met in one file.
export type {
  EmbeddingModelV4 as EmbeddingModel,
  JSONObject,
  JSONValue,
  LanguageModelV4 as ChatModel,
  LanguageModelV4CallOptions as ChatCall,
  LanguageModelV4Content as ChatContent,
  LanguageModelV4FinishReason as FinishReason,
  LanguageModelV4FunctionTool as FunctionTool,
  LanguageModelV4GenerateResult as ChatAnswer,
  LanguageModelV4Message as ChatMessage,
  LanguageModelV4StreamPart as ChatPart,
  LanguageModelV4Usage as Usage,
} from '@ai-sdk/provider'
