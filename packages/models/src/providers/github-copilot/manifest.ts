import type { ProviderManifest } from '../../provider.ts'

export const manifests: readonly ProviderManifest[] = [
  {
    kind: 'github-copilot',
    title: 'GitHub Copilot, whose terms allow it for what an editor or an integration of GitHub’s asks',
    baseUrl: 'https://api.githubcopilot.com',
    key: 'needed',
    keyForm:
      'An OAuth token of GitHub (gho_… or ghu_…) of an account with Copilot, which is exchanged for tokens that last half an hour.',
    options: {
      exchange: {
        summary: 'Where tokens are exchanged, if not at https://api.github.com/copilot_internal/v2/token.',
        address: true,
      },
      integration: { summary: 'The id of the integration that GitHub has given to whoever asks.' },
    },
    does: ['chat'],
    differs: true,
    speaks: {},
    traffic: {
      type: 'unseen',
      because: 'GitHub documents none of it, and its clients tell of too little of an answer',
    },
    abilities: ['tools', 'structured-output', 'images', 'reasoning', 'reasoning-count', 'cached-count'],
    open: async () => (await import('./provider.ts')).open,
  },
]
