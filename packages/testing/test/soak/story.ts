import type { ClientEntry, KillTarget, ReceiverEntry } from '../../src/soak/ledger.ts'
import type { ListedReminder } from '../../src/soak/read-back.ts'
import { judge } from '../../src/soak/verdict.ts'
import type { Evidence, Verdict } from '../../src/soak/verdict.ts'

/** A run in which everything holds, to be spoilt in one place. Times are milliseconds from its start. */
export interface Story {
  readonly client: ClientEntry[]
  readonly receiver: ReceiverEntry[]
  readonly listed: ListedReminder[]
  readonly set: (text: string, dues: readonly number[], at?: number) => void
  readonly cancelled: (text: string, at: number) => void
  /** Comes at `at` and is accepted `tookMs` later. */
  readonly came: (text: string, due: number, at: number, options?: CameOptions) => void
  readonly outage: (target: KillTarget, killedAt: number, readyAt: number) => void
  readonly judge: (spoilt?: Partial<Evidence>) => Verdict
}

export interface CameOptions {
  readonly id?: string
  readonly tookMs?: number
  readonly outcome?: 'accepted' | 'failed' | 'reset' | 'cut' | 'gone' | 'open'
}

export function makeStory(): Story {
  const client: ClientEntry[] = []
  const receiver: ReceiverEntry[] = []
  const listed: ListedReminder[] = []
  let requests = 0
  return {
    client,
    receiver,
    listed,
    set: (text, dues, at = 0) => {
      const next = dues[0] ?? null
      client.push({ type: 'set-asked', at, text, home: null, occurrences: dues })
      client.push({
        type: 'set-acknowledged',
        at: at + 5,
        text,
        id: `id-${text}`,
        next,
        tries: 1,
        tookMs: 5,
        answeredMs: 5,
      })
      listed.push({ id: `id-${text}`, text, next: null, rung: '2026-01-01T00:00:00Z', state: 'rung' })
    },
    cancelled: (text, at) => {
      client.push({ type: 'cancel-asked', at, text }, { type: 'cancel-acknowledged', at: at + 5, text })
      const index = listed.findIndex((reminder) => reminder.text === text)
      const found = listed[index]
      if (found !== undefined) listed[index] = { ...found, state: 'cancelled', rung: null }
    },
    came: (text, due, at, { id = `wh-${text}-${due}`, tookMs = 5, outcome = 'accepted' } = {}) => {
      requests += 1
      const delivery = { id, reminder: `id-${text}`, occurrence: `${due}`, due, text, late: false }
      receiver.push({ type: 'received', at, request: requests, ...delivery })
      if (outcome !== 'open') receiver.push({ type: 'answered', at: at + tookMs, request: requests, outcome })
    },
    outage: (target, killedAt, readyAt) => {
      client.push({ type: 'killed', at: killedAt, target, pids: [1] })
      client.push({ type: 'ready', at: readyAt, target, tookMs: readyAt - killedAt })
    },
    judge: (spoilt = {}) =>
      judge({ settled: true, client, receiver, listed, occurrences: null, events: null, view: null, ...spoilt }),
  }
}

export function types(verdict: Verdict): string[] {
  return verdict.findings.map((finding) => finding.type)
}
