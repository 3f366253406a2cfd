/** A statement with its values written as text; the database knows their types. */
export interface Statement {
  readonly text: string
  readonly values: readonly string[]
  /** Planned anew each time, so that no connection keeps a large plan for what is seldom asked. */
  readonly seldom?: boolean
}

/** Runs a statement on the connection of one writer. */
export type Run = (statement: Statement) => Promise<readonly Record<string, unknown>[]>
