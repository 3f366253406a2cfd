import { pause } from './client.ts'
import type { Host } from './host.ts'
import { readiness } from './server-process.ts'

/** The contract's bound: 503 within so long of losing the database. */
const unreadyWithinMs = 1_000

export type Loss =
  /** `/readyz` said 503 so long after the kill. */
  | { readonly type: 'unready'; readonly tookMs: number }
  /** Another PostgreSQL served before anybody saw a 503. */
  | { readonly type: 'back-before-seen' }
  | { readonly type: 'server-ended' }
  | { readonly type: 'silent'; readonly detail: string }
  | { readonly type: 'still-ready'; readonly detail: string }

/** Watches `/readyz` after the PostgreSQL `lost` was killed, while the server lives. */
export async function watchLoss(host: Host, lost: number, killedAt: number, signal: AbortSignal): Promise<Loss> {
  for (;;) {
    const sent = Date.now()
    const status = await readiness(host.url, 1_000)
    if (host.current().hasExited()) return { type: 'server-ended' }
    if (status === 503) return { type: 'unready', tookMs: Date.now() - killedAt }
    const overdue = sent - killedAt > unreadyWithinMs
    if (status === 200 && (await otherPostgres(host, lost, overdue, signal))) return { type: 'back-before-seen' }
    if (overdue) {
      const detail = `asked ${sent - killedAt} ms after PostgreSQL was killed`
      if (status === null) return { type: 'silent', detail }
      return { type: 'still-ready', detail: `${status} when ${detail}` }
    }
    await pause(20, signal)
  }
}

async function otherPostgres(host: Host, lost: number, overdue: boolean, signal: AbortSignal): Promise<boolean> {
  const found = (): boolean => ![null, lost].includes(host.postgres())
  if (found() || !overdue) return found()
  // `/readyz` may turn a moment before the file is renamed.
  await pause(300, signal)
  return found()
}
