import { builtIn, providers, type ProviderManifest } from '@hearth/models'

/** The kinds of providers that there are, by their names. */
export const manifests: ReadonlyMap<string, ProviderManifest> = new Map(
  providers.map((manifest) => [manifest.kind, manifest]),
)

/** Those that somebody can add by an address. */
export const addable: readonly ProviderManifest[] = providers.filter(
  ({ kind, inspect }) => inspect === undefined && !builtIn.some((own) => own.kind === kind),
)

/** Those whose models are files of this machine. */
export const ofFiles: readonly ProviderManifest[] = providers.filter(({ inspect }) => inspect !== undefined)
