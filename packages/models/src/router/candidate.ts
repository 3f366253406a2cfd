import type { DataPolicy, ModelFacts } from '../catalog/facts.ts'
import type { Named } from './pattern.ts'

/**
 * A deployment that could answer: a model at a provider, under one of its keys. The same object from call to call, for as long as
 * nothing of it changes: what a policy says of it is remembered with it.
 */
export interface Candidate extends Named {
  /** Of the deployment, among all of the tenant's. */
  readonly id: string
  readonly facts: ModelFacts
  /** Where it is, and what becomes of what it is told, as agreed for this deployment; as for the model when absent. */
  readonly regions?: readonly string[]
  readonly dataPolicy?: DataPolicy
}

/** Whoever asks, and what holds for what it says. */
export interface RoutedFor {
  /** Of the home and of the key. */
  readonly tags?: readonly string[]
  /** It may be answered only there. */
  readonly regions?: readonly string[]
  /** It may be told only to those who are at least as careful. */
  readonly dataPolicy?: DataPolicy
}
