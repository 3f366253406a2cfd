import { HearthError } from '@hearth/protocol'
import { auto } from '../router/asked.ts'
import { embedded } from './deployments.ts'
import type { Place } from './places.ts'
import type { Settings } from './setting.ts'

type Policy = Pick<Settings, 'policy'>

/** What vectors are asked for by, where it is not to matter which model makes them. */
const anyEmbedder = 'embeddings'

/** The model that makes a tenant's vectors: the policy says so by an alias of this name. */
export const embedderOf = ({ policy }: Policy): string =>
  policy?.aliases?.find(({ name }) => name === anyEmbedder)?.model ?? `${embedded.name}/${embedded.models?.[0] ?? ''}`

/** The name that is meant. Vectors of two models cannot be compared, so nothing is left open. Throws `models.unknown`. */
export function embedderNamed({ policy }: Policy, asked: string): string {
  if (policy?.aliases?.some(({ name }) => name === asked) === true) return asked
  if (asked === anyEmbedder) return embedderOf({ policy })
  if (asked !== auto && !asked.includes('*')) return asked
  throw new HearthError('models.unknown', 'Vectors of two models cannot be compared: name one model for them.')
}

/** No other model may take the place of the one that is meant. */
export const ofOneModel = (places: readonly Place[]): readonly Place[] =>
  places.filter(({ deployment }) => deployment.model === places[0]?.deployment.model)
