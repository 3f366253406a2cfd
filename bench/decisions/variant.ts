import type { LaneSettings, Log } from '@hearth/kernel'
import type { Database } from '../../packages/server/src/store/connection.ts'

/** One way of doing something, measured through the whole server. What it does not name is as in the product. */
export interface Variant {
  /** Its group, a dot, and what it is. */
  readonly name: string
  readonly about: string
  /** In what it is better or worse off than if it had been built for good. */
  readonly unfair?: string
  /** Run as the owner of the tables before the server claims its slots. */
  readonly prepare?: readonly string[]
  /** Run by an administrator before that: what the owner of the tables may not do. */
  readonly administer?: readonly string[]
  readonly log?: (inner: Log, database: Database, tenants: readonly string[]) => Log
  readonly lanes?: number
  readonly settings?: Partial<LaneSettings>
  /** Changes the features, in the server's process, before it starts. */
  readonly change?: () => void
  /** A package that nothing but this needs. */
  readonly needs?: string
  /** A statement that counts the events in the log as `count`. */
  readonly countEvents?: string
  /** Calls that are made at a steady rate beside the load. */
  readonly alongside?: Alongside
}

export interface Alongside {
  readonly path: string
  readonly body: string
  readonly ratePerSecond: number
  readonly connections: number
  /** Events that each of these calls writes. */
  readonly events: number
}

/** Figures of something by itself, without a server, taken in a process of its own. */
export interface Micro {
  readonly name: string
  readonly about: string
  readonly unfair?: string
  readonly module: URL
}

export const groupOf = ({ name }: { readonly name: string }): string => name.slice(0, name.indexOf('.'))
