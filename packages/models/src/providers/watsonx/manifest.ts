import type { ProviderManifest } from '../../provider.ts'

export const manifests: readonly ProviderManifest[] = [
  {
    kind: 'watsonx',
    title: 'IBM watsonx, at https://<region>.ml.cloud.ibm.com',
    baseUrl: null,
    key: 'needed',
    keyForm: 'An API key of IBM Cloud, which is exchanged for tokens that last an hour.',
    options: {
      project: { summary: 'The id of the project that pays: this, or a space.' },
      space: { summary: 'The id of the deployment space that pays.' },
      version: { summary: 'The day of the API that is spoken, such as 2025-04-23.' },
      iam: {
        summary: 'Where keys are exchanged, if not at https://iam.cloud.ibm.com/identity/token.',
        address: true,
      },
    },
    does: ['chat', 'embed', 'rerank'],
    speaks: {},
    abilities: ['tools', 'structured-output', 'images'],
    open: async () => (await import('./provider.ts')).open,
  },
]
