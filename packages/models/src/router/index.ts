export { auto } from './asked.ts'
export type { Candidate, RoutedFor } from './candidate.ts'
export { complexityOf, type Complexity, type Reason, type Task } from './complexity.ts'
export type { ExplainedPlace, Explanation, LeftOut } from './explanation.ts'
export type { Obstacle } from './fit.ts'
export { abilities, needsOf, type Ability, type Needs } from './needs.ts'
export { matches, matchesModel, matchesProvider, type Named } from './pattern.ts'
export {
  patienceSchema,
  policySchema,
  type Choice,
  type Condition,
  type Constraints,
  type Policy,
  type Rule,
} from './policy.ts'
export type { Refusal } from './refusal.ts'
export { route, seen, usualOutput, type RouteInput, type Routed } from './route.ts'
export { simulate, type RecordedCall, type Simulated, type SimulatedCall, type Simulation } from './simulate.ts'
