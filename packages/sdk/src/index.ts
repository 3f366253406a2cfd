export { createClient } from './client.ts'
export { HearthProblem, HearthUnreachable, type HearthFailure, type Issue } from './errors.ts'
export * from './operations.ts'
export type * from './types.ts'
