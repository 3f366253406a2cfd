import { features, type Feature, type ForeignRoute, type Operation } from '@hearth/features'
import type { Actor, View } from '@hearth/kernel'
import { coreErrors, HearthError, type ErrorTable } from '@hearth/protocol'
import type { Config } from './config.ts'

/** What the features that are on bring. */
export interface Installed {
  readonly features: readonly Feature[]
  readonly actors: readonly Actor[]
  readonly folds: ReadonlyMap<string, Actor>
  readonly views: readonly View[]
  readonly operations: readonly Operation[]
  readonly foreign: readonly ForeignRoute[]
  readonly errors: ErrorTable
}

/** Throws `config.invalid` when `HEARTH_FEATURES` names a feature that is not there. */
export function installedFor({ features: wanted }: Pick<Config, 'features'>): Installed {
  const unknown = wanted.filter((name) => !features.some((feature) => feature.name === name))
  if (unknown.length > 0)
    throw new HearthError('config.invalid', `HEARTH_FEATURES names what is not there: ${unknown.join(', ')}.`, {
      issues: [{ path: 'HEARTH_FEATURES', message: 'names what is not there' }],
    })
  const on = features.filter((feature) => feature.optional !== true || wanted.includes(feature.name))
  const actors = on.flatMap((feature) => feature.actors)
  return {
    features: on,
    actors,
    folds: new Map(actors.map((actor) => [actor.kind, actor])),
    views: on.flatMap((feature) => feature.views),
    operations: on.flatMap(operationsOf),
    foreign: on.flatMap(({ foreign = [] }) => foreign),
    errors: Object.assign({}, coreErrors, ...on.map((feature) => feature.errors)) as ErrorTable,
  }
}

const operationsOf = ({ operations, errors }: Feature): readonly Operation[] =>
  operations.map((operation) => ({ errors: Object.keys(errors), ...operation }))
