import type { ProviderManifest } from '../../provider.ts'

const ranking = {
  key: 'needed',
  does: ['rerank'],
  speaks: {},
  abilities: [],
  traffic: { type: 'unseen', because: 'its answers are as documented' },
} as const

export const manifests: readonly ProviderManifest[] = [
  {
    ...ranking,
    kind: 'cohere',
    title: 'Cohere, to rerank',
    baseUrl: 'https://api.cohere.com/v2',
    open: async () => (await import('./provider.ts')).openAs('cohere'),
  },
  {
    ...ranking,
    kind: 'jina',
    title: 'Jina, to rerank',
    baseUrl: 'https://api.jina.ai/v1',
    open: async () => (await import('./provider.ts')).openAs('results'),
  },
  {
    ...ranking,
    kind: 'voyage',
    title: 'Voyage, to rerank',
    baseUrl: 'https://api.voyageai.com/v1',
    open: async () => (await import('./provider.ts')).openAs('data'),
  },
  {
    ...ranking,
    kind: 'tei',
    title: 'Text Embeddings Inference, to rerank',
    baseUrl: 'http://127.0.0.1:8080',
    key: 'optional',
    open: async () => (await import('./provider.ts')).openAs('texts'),
  },
]
