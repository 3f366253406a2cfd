import { builtIn, providers, type ProviderManifest } from '@hearth/models'

/** The kinds of providers that there are, by their names. */
export const manifests: ReadonlyMap<string, ProviderManifest> = new Map(
  providers.map((manifest) => [manifest.kind, manifest]),
)

/** Those that somebody can add. */
export const addable: readonly ProviderManifest[] = providers.filter(
  ({ kind }) => !builtIn.some((own) => own.kind === kind),
)
