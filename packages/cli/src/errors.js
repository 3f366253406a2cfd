/** What the command tells its user: a stable code, a sentence, and the exit code (1 failed, 2 wrong usage). */
export class CommandError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {number} [exitCode]
   * @param {Record<string, unknown>} [problem] the problem+json that the server answered
   */
  constructor(code, message, exitCode = 1, problem) {
    super(message)
    this.code = code
    this.exitCode = exitCode
    this.problem = problem
  }
}

/** @param {string} message */
export const usage = (message) => new CommandError('cli.usage', `${message}\nSee hearth --help.`, 2)

/** @param {unknown} error */
export const errorCode = (error) =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/**
 * A fault of ours, in one sentence; where it happened is for those who ask.
 * @param {unknown} error
 * @param {string} [level]
 */
function unforeseen(error, level = '') {
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined }
  const where = /^(debug|trace)$/.test(level) ? `\n${stack ?? ''}` : ' HEARTH_LOG=debug says where.'
  return new CommandError('cli.failed', `Something went wrong that should not: ${message.split('\n')[0]}.${where}`)
}

/** @param {string} message */
export const say = (message) => void process.stderr.write(`hearth: ${message}\n`)

/**
 * Tells the user of a failure and gives the exit code. With `json`, standard output carries it too.
 * @param {unknown} error
 * @param {{ json: boolean, level?: string | undefined }} options
 */
export function report(error, { json, level }) {
  if (!(error instanceof CommandError)) return report(unforeseen(error, level), { json })
  say(error.message)
  if (json) {
    const problem = error.problem ?? { code: error.code, detail: error.message }
    process.stdout.write(`${JSON.stringify(problem)}\n`)
  }
  return error.exitCode
}
