import type { IncomingMessage } from 'node:http'
import type { Principal } from '@hearth/protocol'
import type { AddressOf } from '../access/address.ts'
import { correlationOf } from '../correlation.ts'
import { codeIn, type Access, type WriteAccess } from '../platform/access-log.ts'
import { bodyLimit } from './rest/body.ts'
import { meterRequests, type RequestMeter } from './rest/metrics.ts'

/** What was done for a caller, as a door tells of it. */
export interface Done {
  readonly requestId: string
  readonly operation: string
  /** Under what it is counted, where that is less. */
  readonly counted?: string
  readonly what?: Access['what']
  readonly principal?: Principal | undefined
  readonly status: number
  /** Where its code is looked for when it is a refusal. */
  readonly body?: string
  readonly code?: string | undefined
  /** By `performance.now()`; 0 where nobody looked. */
  readonly began: number
  readonly bytes: number
}

/** Where doors tell of what they did: it is counted, and written down where calls are. */
export interface Recorder {
  readonly meter: RequestMeter
  readonly live: RequestMeter
  done(door: Access['door'], request: IncomingMessage, done: Done): void
}

export function createRecorder(options: {
  readonly access: WriteAccess | undefined
  readonly addressOf: AddressOf
}): Recorder {
  const { access, addressOf } = options
  const rest = meterRequests('hearth_http')
  const live = meterRequests('hearth_live')
  return {
    meter: rest,
    live,
    done: (door, request, { requestId, operation, what, principal, status, body = '', began, bytes, ...more }) => {
      const { counted = operation } = more
      const ms = began === 0 ? 0 : performance.now() - began
      const code = more.code ?? codeIn(status, body)
      const meter = door === 'rest' ? rest : live
      if (what === undefined) meter.observe(counted, status, ms / 1000)
      meter.passed(receivedBy(request, door), bytes)
      if (code !== undefined) meter.refused(code)
      access?.({
        requestId,
        correlation: correlationOf(requestId, request.headers['traceparent']),
        door,
        operation,
        ...(what === undefined ? {} : { what }),
        ...(principal === undefined ? {} : { kind: principal.kind, principal: principal.id }),
        status,
        ...(code === undefined ? {} : { code }),
        ms,
        bytes,
        address: addressOf(request),
      })
    },
  }
}

/** As the request says; what comes in pieces, or in frames, is not counted, nor what is refused for its length. */
function receivedBy({ headers }: IncomingMessage, door: Access['door']): number {
  const said = door === 'rest' ? Number(headers['content-length'] ?? 0) : 0
  return said <= bodyLimit ? said : 0
}
