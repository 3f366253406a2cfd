import { appendFileSync, closeSync, openSync, readFileSync, writeSync } from 'node:fs'

/** What the clients and the killer saw, in the order in which they saw it. Times are milliseconds since 1970. */
export type ClientEntry =
  | {
      readonly type: 'set-asked'
      readonly at: number
      readonly text: string
      readonly home: string | null
      readonly occurrences: readonly number[]
    }
  | {
      readonly type: 'set-acknowledged'
      readonly at: number
      readonly text: string
      readonly id: string
      readonly next: number | null
      readonly tries: number
      readonly tookMs: number
      readonly answeredMs: number
    }
  | { readonly type: 'cancel-asked'; readonly at: number; readonly text: string }
  | { readonly type: 'cancel-acknowledged'; readonly at: number; readonly text: string }
  | {
      readonly type: 'refused'
      readonly at: number
      readonly text: string
      readonly what: string
      readonly status: number
      readonly code: string
    }
  | {
      readonly type: 'key-checked'
      readonly at: number
      readonly text: string
      readonly what: 'twice-at-once' | 'replay' | 'other-body'
    }
  | {
      readonly type: 'key-broken'
      readonly at: number
      readonly text: string
      readonly what: string
      readonly detail: string
    }
  | { readonly type: 'killed'; readonly at: number; readonly target: KillTarget; readonly pids: readonly number[] }
  | { readonly type: 'ready'; readonly at: number; readonly target: KillTarget; readonly tookMs: number }
  | { readonly type: 'unready'; readonly at: number; readonly tookMs: number | null }
  | { readonly type: 'misbehaved'; readonly at: number; readonly what: string; readonly detail: string }
  | {
      readonly type: 'memory'
      readonly at: number
      readonly when: 'start' | 'middle' | 'calm' | 'end'
      readonly server: number | null
      readonly postgres: number | null
    }

export type KillTarget = 'server' | 'postgres' | 'backend' | 'both'

/** What the receiver of webhooks saw. `request` counts the requests of one receiver. */
export type ReceiverEntry =
  | {
      readonly type: 'received'
      readonly at: number
      readonly request: number
      readonly id: string
      readonly reminder: string
      readonly occurrence: string
      readonly due: number
      readonly text: string
      readonly late: boolean
    }
  | { readonly type: 'answered'; readonly at: number; readonly request: number; readonly outcome: AnswerOutcome }
  | { readonly type: 'rejected'; readonly at: number; readonly request: number; readonly reason: string }

/** `accepted`: a whole 2xx answer was handed to the system. `gone`: the caller hung up before its answer. */
export type AnswerOutcome = 'accepted' | 'failed' | 'reset' | 'cut' | 'gone'

export interface Ledger<Entry> extends Disposable {
  readonly path: string
  readonly append: (entry: Entry) => void
}

/** Appends a line an entry, in the system's hands when `append` returns: a killed writer loses nothing it appended. */
export function openLedger<Entry>(path: string): Ledger<Entry> {
  const file = openSync(path, 'a', 0o600)
  let closed = false
  return {
    path,
    append: (entry) => {
      const line = `${JSON.stringify(entry)}\n`
      if (closed) appendFileSync(path, line)
      else writeSync(file, line)
    },
    [Symbol.dispose]: () => {
      if (closed) return
      closed = true
      closeSync(file)
    },
  }
}

export function readLedger<Entry>(path: string): Entry[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  lines.pop()
  return lines.map((line) => JSON.parse(line) as Entry)
}
