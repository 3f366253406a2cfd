import type { Ability, ProviderManifest } from '../../provider.ts'
import { presets, type Preset } from './presets.ts'

const abilities: readonly Ability[] = [
  'tools',
  'structured-output',
  'images',
  'reasoning',
  'reasoning-count',
  'cached-count',
  'log-probabilities',
]

export const manifests: readonly ProviderManifest[] = presets.map((preset) => ({
  kind: preset.kind,
  title: preset.title,
  baseUrl: preset.baseUrl,
  key: preset.key,
  does: ['chat', ...(preset.embeds ? (['embed'] as const) : []), ...(preset.reranks ? (['rerank'] as const) : [])],
  speaks: speaks(preset),
  ...(preset.fetchesNothing === true ? { fetchesNothing: true } : {}),
  ...(preset.traffic === undefined ? {} : { traffic: preset.traffic }),
  abilities: abilities.filter((ability) => preset.without?.includes(ability) !== true),
  open: async () => (await import('./provider.ts')).openAs(preset),
}))

/** Where requests have to be made to fit, none is passed on as it came. */
function speaks({ quirks, embeds }: Preset): ProviderManifest['speaks'] {
  return {
    ...(quirks === undefined ? { 'openai-chat': '/chat/completions' } : {}),
    ...(embeds ? { 'openai-embeddings': '/embeddings' } : {}),
  }
}
