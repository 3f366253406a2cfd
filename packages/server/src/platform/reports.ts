/** Node's reports of a process leave out its environment from now on. */
export function keepEnvironmentOut(): void {
  process.report.excludeEnv = true
}
