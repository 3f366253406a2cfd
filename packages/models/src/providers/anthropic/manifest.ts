import type { ProviderManifest } from '../../provider.ts'

/** Those up to Claude 4.5; from 4.6 on a conversation that ends with the assistant is refused. */
const taking = /^claude-(?:instant|[23]|(?:opus|sonnet|haiku)-4(?:-[0-5])?(?:-\d{8}|-latest)?$)/

export const manifests: readonly ProviderManifest[] = [
  {
    kind: 'anthropic',
    title: 'Anthropic',
    baseUrl: 'https://api.anthropic.com/v1',
    key: 'needed',
    does: ['chat'],
    speaks: { 'anthropic-messages': '/messages' },
    abilities: ['tools', 'structured-output', 'images', 'reasoning', 'reasoning-count', 'cached-count', 'cache-marks'],
    prefills: (model) => taking.test(model),
    open: async () => (await import('./provider.ts')).open,
  },
]
