import type { ProviderManifest } from '../../provider.ts'

export const manifests: readonly ProviderManifest[] = [
  {
    kind: 'bedrock',
    title: 'Amazon Bedrock by its own protocol, at https://bedrock-runtime.<region>.amazonaws.com',
    baseUrl: null,
    key: 'needed',
    keyForm:
      'An API key of Bedrock, or the id and the secret of an access key as id:secret, or with a session token as id:secret:token.',
    options: { region: { summary: 'The region to sign for, where its address does not name it.' } },
    does: ['chat', 'embed', 'rerank'],
    differs: true,
    speaks: {},
    abilities: ['tools', 'structured-output', 'images', 'reasoning', 'cached-count', 'cache-marks'],
    open: async () => (await import('./provider.ts')).open,
  },
]
