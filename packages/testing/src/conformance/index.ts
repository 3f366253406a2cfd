export type { ConformanceCase } from './case.ts'
export * from './clock.ts'
export * from './log/index.ts'
