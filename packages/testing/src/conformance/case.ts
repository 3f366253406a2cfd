/** One thing that every adapter of a port must do. It passes when `run` resolves, and rejects with an AssertionError otherwise. */
export interface ConformanceCase<Subject> {
  readonly group: string
  readonly name: string
  run(subject: Subject): Promise<void>
}

/** Makes a list of cases of one group from what they are called and what they do. */
export const casesOf = <Subject>(
  group: string,
  cases: Readonly<Record<string, (subject: Subject) => Promise<void>>>,
): readonly ConformanceCase<Subject>[] => Object.entries(cases).map(([name, run]) => ({ group, name, run }))
