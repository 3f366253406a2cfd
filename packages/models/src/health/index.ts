export { breakerSetting, type BreakerSetting } from './breaker.ts'
export type { Random } from './chance.ts'
export type { CallHealth, Used } from './call.ts'
export { createHealth, type Admitted, type Health, type HealthSetting } from './health.ts'
export { learned, mayTake, waitMs, type HeaderValues, type Limit, type Limited, type Limits } from './limits.ts'
export {
  merge,
  type DeploymentSummary,
  type KeySummary,
  type Seen,
  type SharedBreaker,
  type Summary,
} from './summary.ts'
export type { HealthView, RestingFor, Standing } from './view.ts'
