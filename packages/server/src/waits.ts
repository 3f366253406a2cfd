import type { LaneStatus, Meter, StoreTrouble } from '@hearth/kernel'
import type { Logger } from './platform/logs.ts'

/** What holds Hearth up, in words for whoever runs it. It goes on by itself once that is over. */
export interface Wait {
  /** RFC 3339. */
  readonly since: string
  readonly lanes: number
  readonly meaning: string
}

/** By code, such as `database.read-only`; empty when nothing is waited for. */
export type Waits = Readonly<Record<string, Wait>>

const meanings: Readonly<Record<StoreTrouble, string>> = {
  unreachable: 'the database cannot be reached',
  starting: 'the database is starting, or recovers from a crash',
  slow: 'the database takes too long to answer, or says nothing',
  'read-only': 'the database takes no writes',
  full: 'the disk of the database is full',
  'out-of-memory': 'the database has no memory left',
  'too-many-connections': 'the database has no connection left for Hearth',
  'access-refused': 'the database does not let Hearth in, or not do this',
  damaged: 'the disk of the database fails, or its data are damaged',
  failing: 'the database fails for another reason, which the log has',
}

export const codeOf = (trouble: StoreTrouble): string => `database.${trouble}`

export const meaningOf = (trouble: StoreTrouble): string => `${meanings[trouble]}; Hearth goes on by itself`

/** `silentSince`: when the database stopped answering this server, by the machine's clock; null while it answers. */
export function waitsOf(
  lanes: readonly Pick<LaneStatus, 'wait'>[],
  silent: { readonly trouble: StoreTrouble; readonly since: number } | null,
): Waits {
  const waits: Record<string, Wait> = {}
  const note = (trouble: StoreTrouble, since: number, count: number): void => {
    const code = codeOf(trouble)
    const known = waits[code]
    // One that stands still began when it last said anything, whenever a lane began to wait for it.
    const first = Math.min(since, silent?.since ?? since, known === undefined ? since : Date.parse(known.since))
    waits[code] = {
      since: new Date(first).toISOString(),
      lanes: (known?.lanes ?? 0) + count,
      meaning: meaningOf(trouble),
    }
  }
  for (const { wait } of lanes) if (wait !== null) note(wait.trouble, wait.since, 1)
  // What a lane says, it knows better: it asked for more than a pulse.
  if (silent !== null && Object.keys(waits).length === 0) note(silent.trouble, silent.since, 0)
  return waits
}

/** Says when the first lane begins to wait for a reason, and when none waits any more; what comes and goes between is one lane's. */
export function logWaits(log: Pick<Logger, 'info' | 'warn'>): Meter['waits'] {
  const waiting = new Map<number, StoreTrouble>()
  return (lane, wait) => {
    if (wait === null) {
      if (waiting.delete(lane) && waiting.size === 0) log.info({}, 'nothing waits for the database any more')
      return
    }
    const isNews = ![...waiting.values()].includes(wait.trouble)
    waiting.set(lane, wait.trouble)
    if (isNews)
      log.warn({ code: codeOf(wait.trouble), since: new Date(wait.since).toISOString() }, meaningOf(wait.trouble))
  }
}
