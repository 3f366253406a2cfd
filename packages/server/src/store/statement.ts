/** A statement with its values written as text; the database knows their types. */
export interface Statement {
  readonly text: string
  readonly values: readonly string[]
}
