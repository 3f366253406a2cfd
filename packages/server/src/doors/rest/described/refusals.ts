import type { ErrorTable, JsonSchema, OperationDefinition } from '@hearth/protocol'
import { coreErrors } from '@hearth/protocol'
import { doorErrors } from '../errors.ts'
import { pascal } from './schemas.ts'

/** Codes that no call of an operation is answered with: they belong to other paths and doors, or to no path at all. */
const elsewhere =
  /^(live|watch|sign-in|operation|blob)\.|^door\.(method-not-allowed|path-unknown)$|^server\.(starting|port-taken)$/
const ofReads = /^read\./
const ofCommands = /^(ask|tell|command|network)\.|^actor\.(event-too-large|too-large)$/

export interface RefusalsOptions {
  readonly errors: ErrorTable
  readonly operations: readonly OperationDefinition[]
}

/** Which codes an operation can answer with, besides 200. */
export function codesOf(operation: OperationDefinition, errors: ErrorTable): readonly string[] {
  return [...commonCodes(operation, errors), ...(operation.errors ?? [])].filter((code) => errors[code] !== undefined)
}

function commonCodes({ consequence }: OperationDefinition, errors: ErrorTable): readonly string[] {
  const other = consequence === 'read' ? ofCommands : ofReads
  return Object.keys(errors).filter((code) => isCommon(code) && !elsewhere.test(code) && !other.test(code))
}

const isCommon = (code: string): boolean => code in coreErrors || code in doorErrors

/** References to responses, by status. What every operation of a sort can answer is described once. */
export function refusalsOf(operation: OperationDefinition, errors: ErrorTable): Readonly<Record<string, JsonSchema>> {
  const common = byStatus(commonCodes(operation, errors), errors)
  const own = byStatus(operation.errors ?? [], errors)
  const statuses = [...new Set([...common.keys(), ...own.keys()])].toSorted((a, b) => a - b)
  return Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/${nameOf(operation, status, own)}` }]),
  )
}

/** Those that `refusalsOf` refers to. */
export function allRefusals({ errors, operations }: RefusalsOptions): Readonly<Record<string, JsonSchema>> {
  const found = new Map<string, JsonSchema>()
  for (const operation of operations) {
    const own = byStatus(operation.errors ?? [], errors)
    for (const [status, codes] of byStatus(codesOf(operation, errors), errors))
      found.set(nameOf(operation, status, own), refusal(status, codes, errors))
  }
  return Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const nameOf = (operation: OperationDefinition, status: number, own: ReadonlyMap<number, unknown>): string =>
  `${own.has(status) ? pascal(operation.name) : sortOf(operation)}${status}`

const sortOf = ({ consequence }: OperationDefinition): string => (consequence === 'read' ? 'Read' : 'Command')

function byStatus(codes: readonly string[], errors: ErrorTable): ReadonlyMap<number, readonly string[]> {
  const statuses = new Map<number, string[]>()
  for (const code of [...codes].toSorted()) {
    const status = errors[code]?.status
    if (status === undefined) continue
    statuses.set(status, [...(statuses.get(status) ?? []), code])
  }
  return new Map([...statuses].toSorted(([a], [b]) => a - b))
}

const onlyAt: Readonly<Record<number, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After'],
  503: ['Retry-After'],
}

/** A response that says why not. */
export function refusal(status: number, codes: readonly string[], errors: ErrorTable): JsonSchema {
  const names = ['X-Request-Id', ...(onlyAt[status] ?? [])]
  const replayable = status >= 404 && status < 500 && ![408, 413, 415, 421, 429, 431].includes(status)
  const headers = [...names, ...(replayable ? ['Idempotency-Replayed', 'Hearth-Position'] : [])]
  return {
    description: codes.map((code) => `\`${code}\`: ${errors[code]?.title}.`).join('\n\n'),
    headers: Object.fromEntries(headers.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        example: exampleOf(codes[0] ?? 'door.failed', status, errors),
      },
    },
  }
}

const exampleOf = (code: string, status: number, errors: ErrorTable): JsonSchema => ({
  type: `urn:hearth:error:${code}`,
  title: errors[code]?.title,
  status,
  detail: `${errors[code]?.title}.`,
  code,
  requestId: 'Lk3nD2xV-1a',
  ...(code === 'input.invalid'
    ? { issues: [{ path: 'text', message: 'Too small: expected string to have >=1 characters' }] }
    : {}),
})
