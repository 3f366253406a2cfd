import type { ProviderManifest } from '../../provider.ts'

export const manifests: readonly ProviderManifest[] = [
  {
    kind: 'embedded',
    title: 'Embedded: vectors made here, without key or network',
    baseUrl: null,
    key: 'none',
    does: ['embed'],
    speaks: {},
    open: async () => (await import('./provider.ts')).open,
  },
]
