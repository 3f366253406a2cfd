import type { ProviderManifest } from '../../provider.ts'

export const manifests: readonly ProviderManifest[] = [
  {
    kind: 'google',
    title: 'Google Gemini',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    key: 'needed',
    does: ['chat', 'embed'],
    speaks: {},
    abilities: ['tools', 'structured-output', 'images', 'reasoning', 'reasoning-count', 'cached-count'],
    batch: { inputs: 100, tokens: 20_000 },
    open: async () => (await import('./provider.ts')).open,
  },
]
