import type { ProviderManifest } from '../../provider.ts'

export const manifests: readonly ProviderManifest[] = [
  {
    kind: 'demo',
    title: 'Demo: a program in the place of a model, without key or network',
    baseUrl: null,
    key: 'none',
    does: ['chat'],
    speaks: {},
    abilities: ['tools', 'structured-output'],
    open: async () => (await import('./provider.ts')).open,
  },
]
