import type { CallRecord } from '@hearth/models'
import { HearthError } from '@hearth/protocol'
import type { EffectTools } from '../feature.ts'
import { ledgerOf, type LedgerCommand } from './ledger.ts'
import { jsonOf } from './record-json.ts'

/** So long a record may wait for others: each batch is a row of the log. */
const gatherMs = 20
/** Of one batch: an event may have 256 kB. */
const mostInBatch = 100
const mostBytes = 150_000
/** A command may tell 64 actors something: an account, and its limits where it passes three of them. */
const mostAccounts = 16
/** While the ledger cannot be written, so many are kept. */
const mostKept = 20_000
const againMs = 500

export interface Recorder {
  /** Resolves when it is in the ledger, or was given up. */
  keep(record: CallRecord): Promise<void>
  /** Records that were given up: the ledger could not be written for long, or did not take them. */
  readonly lost: number
}

interface Kept {
  readonly record: CallRecord
  readonly written: () => void
}

/** Brings what is known of calls into the ledgers of their tenants, many at once and each once. */
export function createRecorder({ decide }: Pick<EffectTools, 'decide'>, from: string): Recorder {
  const waiting = new Map<string, Kept[]>()
  const batches = new Map<string, number>()
  let kept = 0
  let lost = 0

  const write = async (tenant: string): Promise<void> => {
    for (let queue = waiting.get(tenant); queue !== undefined && queue.length > 0; queue = waiting.get(tenant)) {
      const some = queue.splice(0, batchOf(queue))
      await writeSome(
        tenant,
        some.map(({ record }) => record),
      )
      kept -= some.length
      for (const { written } of some) written()
    }
    waiting.delete(tenant)
  }

  /** One that the ledger does not take must not hold up the others. */
  const writeSome = async (tenant: string, calls: readonly CallRecord[]): Promise<void> => {
    const batch = (batches.get(tenant) ?? 0) + 1
    batches.set(tenant, batch)
    if (await told(tenant, { type: 'record', from, batch, calls })) return
    if (calls.length === 1) {
      lost += 1
      return
    }
    const half = calls.length >> 1
    await writeSome(tenant, calls.slice(0, half))
    await writeSome(tenant, calls.slice(half))
  }

  /** False where it was refused, and will be. */
  const told = async (tenant: string, command: LedgerCommand): Promise<boolean> => {
    for (;;) {
      try {
        await decide(ledgerOf(tenant), command, 1000 * command.calls.length)
        return true
      } catch (error) {
        if (error instanceof HearthError && !passing.test(error.code)) return false
        // It may have been written all the same: the ledger knows the number of the batch.
        if (kept > mostKept) {
          lost += command.calls.length
          return true
        }
        await new Promise((resolve) => setTimeout(resolve, againMs).unref())
      }
    }
  }

  return {
    get lost() {
      return lost
    },
    keep: (record) =>
      new Promise((resolve) => {
        const { tenant } = record.asker
        kept += 1
        const queue = waiting.get(tenant)
        if (queue !== undefined) {
          queue.push({ record, written: resolve })
          return
        }
        waiting.set(tenant, [{ record, written: resolve }])
        setTimeout(() => void write(tenant), gatherMs)
      }),
  }
}

/** What says nothing about what was to be written: it is somewhere else for a moment, or away, or has too much to do. */
const passing = /^(store\.unavailable|slot\.moving|server\.|worker\.|inbox\.|bus\.)/

/** How many of those that wait are written together. */
function batchOf(queue: readonly Kept[]): number {
  const accounts = new Set<string>()
  const most = Math.min(queue.length, mostInBatch)
  let bytes = 0
  for (let count = 0; count < most; count += 1) {
    const { record } = queue[count] as Kept
    for (const account of record.charged?.accounts ?? []) accounts.add(account)
    bytes += Buffer.byteLength(jsonOf(record))
    if (count > 0 && (accounts.size > mostAccounts || bytes > mostBytes)) return count
  }
  return most
}
