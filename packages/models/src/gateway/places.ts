import { hash } from 'node:crypto'
import { HearthError } from '@hearth/protocol'
import type { ModelFacts } from '../catalog/facts.ts'
import type { Candidate } from '../router/candidate.ts'
import type { Used } from '../health/call.ts'
import { matchesModel } from '../router/pattern.ts'
import type { Allowed, Deployment, ProviderEntry } from './setting.ts'

/** A deployment under one of its keys: what a call is sent to. */
export interface Place {
  readonly deployment: Deployment
  readonly key: string | undefined
  readonly candidate: Candidate
  /** Under which names its health is kept. */
  readonly used: Used
}

export type FactsOf = (deployment: Pick<Deployment, 'entry' | 'model'>) => ModelFacts

const kept = new WeakMap<ProviderEntry, Map<string, readonly Place[]>>()
/** Names that callers make up are not kept for ever. */
const mostKept = 1000

/** The same objects for as long as the entry stays: what is known of each is remembered with it. */
export function placesOf(deployments: readonly Deployment[], factsOf: FactsOf): readonly Place[] {
  const [only, ...more] = deployments
  if (only === undefined) return []
  return more.length === 0 ? placesAt(only, factsOf) : deployments.flatMap((one) => placesAt(one, factsOf))
}

function placesAt(deployment: Deployment, factsOf: FactsOf): readonly Place[] {
  const { entry, model } = deployment
  const models = kept.get(entry) ?? new Map<string, readonly Place[]>()
  kept.set(entry, models)
  const known = models.get(model)
  if (known !== undefined) return known
  if (models.size >= mostKept) models.clear()
  const facts = factsOf(deployment)
  const keys = entry.keys.length === 0 ? [undefined] : entry.keys
  const places = keys.map((key, index): Place => {
    const number = keys.length > 1 ? `#${index + 1}` : ''
    const id = `${entry.name}/${model}${number}`
    // Another key under the same name is another one, and what a provider bounds it bounds by model.
    const mark = key === undefined ? '' : `@${hash('sha256', key, 'hex').slice(0, 8)}`
    const used = { deployment: `${id}${mark}`, key: `${id}${mark}` }
    return { deployment, key, used, candidate: { id, provider: entry.name, kind: entry.kind, model, facts } }
  })
  models.set(model, places)
  return places
}

/** Those that whoever asks may use. Throws `models.not-allowed` where there is none. */
export function allowedOf(places: readonly Place[], allowed: Allowed): readonly Place[] {
  if (allowed === null) return places
  // What a pattern makes of a candidate is remembered with it.
  const left = places.filter(({ candidate }) => matchesModel(allowed, candidate))
  if (left.length > 0) return left
  throw new HearthError('models.not-allowed', 'This key may not use that model.')
}
