import { ModelError } from '../../failure.ts'
import type { Fetch, ProviderSetting } from '../../provider.ts'
import { isObject } from '../failures/chain.ts'

type Fields = Readonly<Record<string, unknown>>

/** What it takes of OpenAI’s protocol under the same name. */
const same = [
  'messages',
  'tools',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'logprobs',
  'top_logprobs',
  'max_tokens',
  'max_completion_tokens',
  'n',
  'response_format',
  'seed',
  'stop',
  'temperature',
  'top_p',
  'reasoning_effort',
] as const

/** Puts a request of OpenAI’s chat completions into the words of this protocol, which lets whole answers and streams be asked for at two addresses. */
export const fitting =
  (fetch: Fetch, setting: ProviderSetting): Fetch =>
  (input, init) => {
    if (typeof init?.body !== 'string') return fetch(input, init)
    return fetch(input, { ...init, body: JSON.stringify(fitted(JSON.parse(init.body) as Fields, setting)) })
  }

function fitted(body: Fields, setting: ProviderSetting): Fields {
  const choice = body['tool_choice']
  return {
    ...Object.fromEntries(same.filter((name) => body[name] !== undefined).map((name) => [name, body[name]])),
    model_id: body['model'],
    ...payerOf(setting),
    ...(isObject(choice) ? { tool_choice: choice } : choice === undefined ? {} : { tool_choice_option: choice }),
  }
}

/** Who pays for a call. Throws where nobody said. */
export function payerOf({ options }: ProviderSetting): Fields {
  const { project, space } = options ?? {}
  if (project !== undefined) return { project_id: project }
  if (space !== undefined) return { space_id: space }
  throw new ModelError({ type: 'refused', detail: 'neither the option "project" nor "space" is set' })
}

const usualVersion = '2025-04-23'

export const addressOf = ({ baseUrl, options }: ProviderSetting, path: string): string =>
  `${baseUrl}/ml/v1/${path}${path.includes('?') ? '&' : '?'}version=${encodeURIComponent(options?.['version'] ?? usualVersion)}`
