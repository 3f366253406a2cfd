import type { ProviderManifest } from '../../provider.ts'

export const manifests: readonly ProviderManifest[] = [
  {
    kind: 'openai',
    title: 'OpenAI',
    baseUrl: 'https://api.openai.com/v1',
    key: 'needed',
    does: ['chat', 'embed'],
    speaks: {
      'openai-chat': '/chat/completions',
      'openai-responses': '/responses',
      'openai-embeddings': '/embeddings',
    },
    abilities: [
      'tools',
      'structured-output',
      'images',
      'reasoning',
      'reasoning-count',
      'cached-count',
      'log-probabilities',
    ],
    batch: { inputs: 2048, tokens: 300_000 },
    nameOf: (model) => protocolOf(model).model,
    open: async () => (await import('./provider.ts')).open,
  },
]

export interface Named {
  readonly protocol: 'chat' | 'responses'
  /** What OpenAI calls it. */
  readonly model: string
}

/** OpenAI serves these on its newer protocol alone. */
const responsesOnly = /^(gpt-5-pro|o1-pro|o3-pro)\b|(^|-)codex\b|\bdeep-research\b|^computer-use/

/**
 * A model is asked by chat completions, which take every setting of a call, unless it is there on the other protocol alone.
 * `responses/<model>` asks any model by that one, which tells what a model thinks; `chat/<model>` by the first.
 */
export function protocolOf(name: string): Named {
  const said = /^(chat|responses)\/(.+)$/s.exec(name)
  if (said !== null) return { protocol: said[1] as Named['protocol'], model: said[2] ?? '' }
  return { protocol: responsesOnly.test(name) ? 'responses' : 'chat', model: name }
}
