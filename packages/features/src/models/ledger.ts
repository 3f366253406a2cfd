import { actor, type Tagged, type Tell, type View } from '@hearth/kernel'
import { nanodollars, parseUsd, type CallRecord } from '@hearth/models'
import type { Address } from '@hearth/protocol'
import { tenantHome } from '../tenant.ts'
import { jsonOf } from './record-json.ts'

/** What one process came to know, in the order of its batches: one that is told twice counts once. */
export interface LedgerCommand {
  readonly type: 'record'
  readonly from: string
  readonly batch: number
  readonly calls: readonly CallRecord[]
}

export interface CallsRecorded {
  readonly type: 'calls.recorded'
  readonly from: string
  readonly batch: number
  readonly calls: readonly CallRecord[]
}

interface State {
  readonly calls: number
  /** The last batch of each process that told anything lately, the latest process last. */
  readonly batches: readonly (readonly [from: string, batch: number])[]
}

/** More than processes that may be telling at one time. */
const mostProcesses = 64

export const callsView: View<State, CallsRecorded> = {
  name: 'calls',
  version: 1,
  columns: {
    at: 'bigint',
    asker: 'text',
    asked: 'text',
    provider: 'text',
    model: 'text',
    outcome: 'text',
    /** In billionths of a dollar. */
    cost: 'bigint',
    record: 'text',
  },
  indexes: [
    ['home', 'provider', 'key'],
    ['home', 'outcome', 'key'],
    ['home', 'asker', 'key'],
  ],
  project: (_state, { calls }) =>
    calls.map((call) => ({
      type: 'put',
      key: call.id,
      row: {
        at: call.at,
        asker: call.asker.id,
        asked: call.asked,
        provider: call.provider,
        model: call.model,
        outcome: call.outcome,
        cost: call.costUsd === null ? null : nanodollars(parseUsd(call.costUsd) ?? 0n),
        record: jsonOf(call),
      },
    })),
}

/** The ledger of a tenant's model calls. */
export const ledger = actor<State, LedgerCommand, CallsRecorded>({
  kind: 'call-ledger',
  personal: false,
  initial: { calls: 0, batches: [] },
  shape: 1,
  events: { 'calls.recorded': [] },
  decide: ({ batches }, { from, batch, calls }) => {
    const last = batches.find(([known]) => known === from)?.[1] ?? -1
    if (batch <= last) return { type: 'accept', events: [] }
    return { type: 'accept', events: [{ type: 'calls.recorded', from, batch, calls }], tells: settlements(from, calls) }
  },
  evolve: ({ calls, batches }, event) => ({
    calls: calls + event.calls.length,
    batches: [...batches.filter(([from]) => from !== event.from), [event.from, event.batch] as const].slice(
      -mostProcesses,
    ),
  }),
  views: [callsView],
})

/** With the records of calls the money is settled that was set aside for them: both or neither. */
function settlements(holder: string, calls: readonly CallRecord[]): readonly Tell[] {
  const spent = new Map<string, number>()
  for (const { charged } of calls)
    for (const account of charged?.accounts ?? []) spent.set(account, (spent.get(account) ?? 0) + (charged?.nano ?? 0))
  return [...spent].map(([id, nano]) => ({
    to: { kind: 'budget', id },
    command: { type: 'settle', holder, spent: nano, returned: 0 } as Tagged,
  }))
}

export const ledgerOf = (tenant: string): Address => ({ tenant, home: tenantHome, kind: 'call-ledger', id: 'calls' })
