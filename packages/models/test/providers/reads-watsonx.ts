import type { Reads } from './conformance/subject.ts'
import { readsChat } from './reads-openai.ts'

/** watsonx: chat completions of OpenAI’s with other names. */
export const readsWatsonx: Reads = {
  ...readsChat,
  model: ({ body }) => (body['project_id'] === 'the-project' ? body['model_id'] : undefined),
  streams: ({ path, body }) =>
    /^\/base\/ml\/v1\/text\/chat_stream\?version=\d{4}-\d\d-\d\d$/.test(path) && body['stream'] === undefined,
  choice: (asked) => {
    const option = asked.body['tool_choice_option']
    return option === undefined ? readsChat.choice(asked) : (option as ReturnType<Reads['choice']>)
  },
}
