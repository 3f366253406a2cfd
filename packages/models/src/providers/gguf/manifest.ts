import type { ProviderManifest } from '../../provider.ts'

export const manifests: readonly ProviderManifest[] = [
  {
    kind: 'gguf',
    title: 'A GGUF file, run here',
    baseUrl: null,
    key: 'none',
    inspect: async (path) => (await import('./header.ts')).inspectGguf(path),
    does: ['chat'],
    speaks: {},
    abilities: ['tools', 'structured-output', 'log-probabilities'],
    open: async () => (await import('./provider.ts')).open,
  },
]
