import type { ChatModel, ChatPart } from '../../language.ts'
import type { Ending } from './frames.ts'

/** The package finishes an answer wherever its stream ends: one that ended badly is told as failed, behind all that came of it. */
export const endingAs = (model: ChatModel, ending: Ending): ChatModel => ({
  specificationVersion: 'v4',
  provider: model.provider,
  modelId: model.modelId,
  supportedUrls: model.supportedUrls,
  doGenerate: (call) => model.doGenerate(call),
  doStream: async (call) => {
    const { stream, ...answer } = await model.doStream(call)
    const told = new TransformStream<ChatPart, ChatPart>({
      transform: (part, controller) =>
        controller.enqueue(part.type === 'finish' && 'error' in ending ? { type: 'error', error: ending.error } : part),
    })
    return { ...answer, stream: stream.pipeThrough(told) }
  },
})
