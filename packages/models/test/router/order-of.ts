import {
  policySchema,
  route,
  type Candidate,
  type Choice,
  type Policy,
  type RouteInput,
} from '../../src/router/index.ts'
import { asking } from './candidates.ts'

/** The ids of those that may answer, or the code of the refusal. */
export const order = (candidates: readonly Candidate[], more: Partial<RouteInput> = {}): readonly string[] => {
  const routed = route(asking(candidates, more))
  return routed.type === 'chosen' ? routed.order.map(({ id }) => id) : [routed.refusal.code]
}
export const choosing = (otherwise: Choice): Policy => policySchema.parse({ otherwise })
export const holding = (constraints: Policy['constraints']): Policy => policySchema.parse({ constraints })
