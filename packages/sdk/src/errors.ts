export interface Issue {
  readonly path: string
  readonly message: string
}

/** The server refused. `code` is stable (`area.what-happened`), `detail` is for people. */
export class HearthProblem extends Error {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly detail: string
  /** Under which the server's log tells of it. */
  readonly requestId: string | undefined
  /** What is wrong with which field of the input. */
  readonly issues: readonly Issue[]
  /** Seconds after which the server wants to be asked again. */
  readonly retryAfter: number | undefined

  constructor(details: Omit<HearthProblem, keyof Error>) {
    const { code, status, title, detail, requestId, issues, retryAfter } = details
    const fields = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    super([`${detail} (${code})`, ...fields].join('\n  '))
    this.name = 'HearthProblem'
    this.code = code
    this.status = status
    this.title = title
    this.detail = detail
    this.requestId = requestId
    this.issues = issues
    this.retryAfter = retryAfter
  }
}

/** No answer came. Whether a command was carried out is not known: the same call under the same key finds out. */
export class HearthUnreachable extends Error {
  readonly code = 'client.unreachable'
  readonly url: string

  constructor(url: string, reason: string, cause?: unknown) {
    super(`Hearth does not answer at ${url} (${reason}).`, cause === undefined ? undefined : { cause })
    this.name = 'HearthUnreachable'
    this.url = url
  }
}

export type HearthFailure = HearthProblem | HearthUnreachable

/** `fetch failed` says nothing: what does lies beneath it. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause instanceof Error) return reasonOf(error.cause)
  const { code } = error as { readonly code?: unknown }
  return error.message === '' && typeof code === 'string' ? code : error.message || error.name
}

type Fields = Readonly<Record<string, unknown>>

const textIn = (fields: Fields, name: string): string | undefined =>
  typeof fields[name] === 'string' ? fields[name] : undefined

/** What an answer with `application/problem+json` or an error frame says; undefined when it is none of Hearth's. */
export function problemOf(body: unknown, retryAfter?: number): HearthProblem | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const fields = body as Fields
  const [code, status] = [textIn(fields, 'code'), fields['status']]
  if (code === undefined || typeof status !== 'number') return undefined
  const title = textIn(fields, 'title') ?? code
  const issues = Array.isArray(fields['issues']) ? (fields['issues'] as readonly Issue[]) : []
  const detail = textIn(fields, 'detail') ?? title
  return new HearthProblem({ code, status, title, detail, issues, retryAfter, requestId: textIn(fields, 'requestId') })
}

/** An answer that did not come from Hearth, but from a proxy before it or another server. */
export function foreignAnswer(status: number, retryAfter?: number): HearthProblem {
  const title = 'The answer is not one of Hearth’s'
  const detail = `The answer (${status}) is not one of Hearth’s: is this its address?`
  const code = 'client.answer-foreign'
  return new HearthProblem({ code, status, title, detail, requestId: undefined, issues: [], retryAfter })
}
