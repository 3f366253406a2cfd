import type { ProviderManifest } from '../../provider.ts'

export const manifests: readonly ProviderManifest[] = [
  {
    kind: 'anthropic',
    title: 'Anthropic',
    baseUrl: 'https://api.anthropic.com/v1',
    key: 'needed',
    does: ['chat'],
    speaks: { 'anthropic-messages': '/messages' },
    abilities: ['tools', 'structured-output', 'images', 'reasoning', 'reasoning-count', 'cached-count', 'cache-marks'],
    open: async () => (await import('./provider.ts')).open,
  },
]
