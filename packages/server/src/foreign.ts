import type { Caller, ForeignRequest, ForeignRoute } from '@hearth/features'
import type { Principal } from '@hearth/protocol'
import type { Admit } from './access/rates.ts'
import { assertAllowed, type CallOptions } from './call.ts'

export interface ForeignCall {
  readonly route: ForeignRoute
  readonly principal: Principal
  readonly correlation: string
  readonly request: Omit<ForeignRequest, 'statusOf'>
}

/** What clients of other protocols may ask, and the one way to it. */
export interface Foreign {
  readonly routes: readonly ForeignRoute[]
  /** Rejects where nothing of an answer has gone out. */
  call(call: ForeignCall): Promise<void>
}

export function createForeign(options: {
  readonly routes: readonly ForeignRoute[]
  readonly admit: Admit
  readonly caller: CallOptions['caller']
  readonly statusOf: (code: string) => number
}): Foreign {
  const { routes, admit, caller, statusOf } = options
  return {
    routes,
    call: async ({ route, principal, correlation, request }) => {
      await admit(principal)
      assertAllowed(principal, route)
      const asking: Caller = caller(principal, [], correlation)
      await route.answer({ ...request, statusOf }, asking)
    },
  }
}
