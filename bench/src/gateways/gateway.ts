import type { Processes } from '../cost.ts'
import type { Upstream } from '../upstream/upstream.ts'

export interface Absent {
  readonly absent: string
}

/** Something that takes OpenAI's chat completions and asks the upstream. */
export interface RunningGateway extends AsyncDisposable {
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** What the model of the upstream is called here. */
  readonly model: string
  readonly processes: Processes
  /** From the start of its command to the first 200 of what says that it is ready; null where nothing is started. */
  readonly startMs: number | null
  readonly loopDelayMs: (() => Promise<number>) | null
}

export interface Gateway {
  readonly name: string
  /** What it leaves out, or does besides, where it is not Hearth's. */
  readonly differs: string
  readonly settings: Readonly<Record<string, unknown>>
  /** In a folder of its own. Rejects where it should run and does not. */
  readonly start: (folder: string, upstream: Upstream) => Promise<RunningGateway | Absent>
}

export const json = { 'content-type': 'application/json' } as const
export const chatPath = '/v1/chat/completions'
