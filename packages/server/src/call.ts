import { randomUUID } from 'node:crypto'
import {
  allows,
  canonicalJson,
  formatPosition,
  HearthError,
  parseAddress,
  parsePositions,
  toProblem,
  type ErrorIssue,
  type ErrorTable,
  type Json,
  type LivePart,
  type Position,
  type Principal,
} from '@hearth/protocol'
import type * as z from 'zod'
import type { Caller, Operation } from '@hearth/features'
import type { Admit } from './access/rates.ts'
import { isKept, slotOf, type Answer, type IdempotencyKey, type Kernel, type Replied, type Reply } from '@hearth/kernel'
import { unavailableBy } from './store/away.ts'

/** One call of one operation, by whichever door it came. */
export interface CallRequest {
  readonly operation: string
  readonly input: unknown
  readonly principal: Principal
  readonly key: string | undefined
  /** A read sees what was committed up to these positions, as `Hearth-Position` of earlier answers said them. */
  readonly after?: string | undefined
  readonly requestId: string
  /** What everything that follows carries on: the request's id where it is absent. */
  readonly correlation?: string
  /** `page` where it is absent. */
  readonly door?: 'rest' | 'live'
  /** Where what is told while the answer is on its way goes; nowhere where it is absent. */
  readonly part?: (part: LivePart) => void
  /** Of the command that it may lead to; a new one where it is absent. */
  readonly id?: string
}

/** `headers`: Hearth-Position, Idempotency-Replayed, Retry-After … */
export interface CallAnswer {
  readonly status: number
  readonly body: string
  readonly contentType: 'application/json' | 'application/problem+json'
  readonly headers: Readonly<Record<string, string>>
}

/** Never rejects for what a caller did. */
export type Call = (request: CallRequest) => Promise<CallAnswer>

export interface CallOptions {
  readonly operations: ReadonlyMap<string, Operation>
  readonly errors: ErrorTable
  readonly kernel: Pick<Kernel, 'submit' | 'reached'>
  /** `after`: what its reads see. */
  caller(
    principal: Principal,
    after?: readonly Position[],
    correlation?: string,
    part?: (part: LivePart) => void,
  ): Caller
  /** Resolves when reads see these positions, as they always do when absent. Throws `read.behind`. */
  wait?(positions: readonly Position[]): Promise<void>
  /** A UUID that stands for a text, and that nobody else can compute. */
  digest(text: string): string
  /** Lets the call in, or throws: its caller has called too often. Everyone is let in when absent. */
  readonly admit?: Admit
  onFailure(error: unknown, requestId: string): void
}

/** The one way to any operation: checks, idempotency and the form of the answer are here and nowhere else. */
export function createCall(options: CallOptions): Call {
  const inFlight = new Map<string, Promise<unknown>>()
  return async (request) => {
    try {
      const operation = options.operations.get(request.operation)
      if (operation === undefined) throw new HearthError('operation.unknown', 'There is no operation of this name.')
      await options.admit?.(request.principal)
      assertAllowed(request.principal, operation)
      const input = parseInput(operation, request.input)
      assertReaches(request.principal, operation, input)
      const isFleeting = operation.type === 'read' && operation.fleeting === true
      const key = request.key === undefined || isFleeting ? null : keyOf(options, request, request.key, input)
      const answering = () => perform(options, operation, input, request, key)
      return render(await (key === null ? answering() : oneAtATime(inFlight, key.scope, answering)))
    } catch (error) {
      return refusal(options, error, request.requestId)
    }
  }
}

export function assertAllowed(principal: Principal, { permission }: Pick<Operation, 'permission'>): void {
  if (!allows(principal, permission))
    throw new HearthError('auth.permission-missing', `This key lacks the scope ${permission}.`)
}

/** Who is bound to a home names no other, and calls nothing that concerns more than it. */
export function assertReaches(principal: Principal, { reach }: Pick<Operation, 'reach'>, input: unknown): void {
  if (principal.bound !== true) return
  if (reach === 'tenant' || homesNamed(input).some((home) => home !== principal.home))
    throw new HearthError('auth.home-refused', 'This key reaches its own home only.')
}

export function parseInput(operation: Operation, input: unknown): unknown {
  const parsed = operation.input.safeParse(input)
  if (parsed.success) return parsed.data
  const issues: ErrorIssue[] = parsed.error.issues
    .slice(0, 20)
    .map((issue) => ({ path: issue.path.join('.'), message: messageOf(issue) }))
  throw new HearthError('input.invalid', 'The input is not valid.', { issues })
}

/** No field has so long a name: what stands there may be a secret in the wrong place. */
const longestName = 32

function messageOf(issue: z.core.$ZodIssue): string {
  const isTold = issue.code !== 'unrecognized_keys' || issue.keys.every((key) => key.length <= longestName)
  return isTold ? issue.message : 'Unrecognized key'
}

function keyOf(
  options: CallOptions,
  { principal, operation }: CallRequest,
  key: string,
  input: unknown,
): IdempotencyKey {
  const scope = [principal.tenant, principal.id, operation, key].join('\n')
  return { scope: options.digest(scope), hash: options.digest(canonicalJson(input)) }
}

/** A second arrival under a key waits for the first, and then finds its answer kept. */
export async function oneAtATime<T>(
  inFlight: Map<string, Promise<unknown>>,
  scope: string,
  run: () => Promise<T>,
): Promise<T> {
  const before = inFlight.get(scope) ?? Promise.resolve()
  const mine = before.then(run, run)
  inFlight.set(scope, mine)
  try {
    return await mine
  } finally {
    if (inFlight.get(scope) === mine) inFlight.delete(scope)
  }
}

async function perform(
  options: CallOptions,
  operation: Operation,
  input: unknown,
  request: CallRequest,
  key: IdempotencyKey | null,
): Promise<Replied> {
  const { principal, requestId, correlation = requestId } = request
  const caller = options.caller(principal, [], correlation, request.part)
  const present = (answer: Answer): Reply => presented(answer, options.errors, requestId)
  const kept = key !== null && actsItself(operation) ? await keptBefore(options, request, input, key) : null
  if (operation.type === 'command') {
    if (kept !== null) return kept
    const commanded = await refusing(() => operation.command(input, caller), present)
    if ('body' in commanded) return keep(options, request, input, key, commanded)
    const { address, command, repairs, alone = repairs !== undefined } = commanded
    const origin = { principal: principal.id, correlation }
    const replied = await options.kernel.submit({
      type: 'command',
      id: request.id ?? randomUUID(),
      address,
      command,
      ...origin,
      key,
      bytes: sizeOf(input),
      alone,
      ...(repairs === undefined ? {} : { repairs }),
      present,
    })
    // What wrote nothing, or was answered before, rests on what is committed by now.
    return replied.position === null ? { ...replied, position: reachedIn(options, address) } : replied
  }
  const after = request.after === undefined ? [] : parsePositions(request.after)
  if (after.length > 0) await options.wait?.(after)
  const position = reachedIn(options, { tenant: principal.tenant, home: homeOf(input, principal) })
  const reading = (): Caller => options.caller(principal, after, correlation, request.part)
  const read = async (): Promise<Reply> =>
    present({ type: 'accepted', output: (await operation.read(input, reading())) as Json })
  const replied = kept ?? (await keep(options, request, input, key, await refusing(read, present), position))
  return { ...replied, position }
}

/** It has acted before the kernel sees its key: attached commands, and reads that do more than read. */
const actsItself = (operation: Operation): boolean =>
  operation.type === 'command' ? operation.attached === true : operation.consequence !== 'read'

/** Where the home's slot stands, as far as this process knows: what is read after this sees it. */
function reachedIn({ kernel }: CallOptions, { tenant, home }: Pick<Principal, 'tenant' | 'home'>): Position | null {
  const slot = slotOf(tenant, home)
  const sequence = kernel.reached(slot)
  return sequence === undefined ? null : { slot, sequence }
}

/** The home that a call is about. */
export const homeOf = (input: unknown, { home }: Pick<Principal, 'home'>): string => homesNamed(input)[0] ?? home

/** A refusal that belongs to the answer is one; invalid input and faults of ours are thrown on. */
async function refusing<T>(run: () => T | Promise<T>, present: (answer: Answer) => Reply): Promise<T | Reply> {
  try {
    return await run()
  } catch (error) {
    const reply =
      error instanceof HearthError ? present({ type: 'refused', code: error.code, detail: error.message }) : null
    if (reply === null || !isKept(reply)) throw error
    return reply
  }
}

/** What a call that acts by itself was answered before. It is asked for first: what it does in the world is not done again. */
async function keptBefore(
  options: CallOptions,
  { principal, requestId }: CallRequest,
  input: unknown,
  key: IdempotencyKey,
): Promise<Replied | null> {
  const { tenant } = principal
  const present = (answer: Answer): Reply => presented(answer, options.errors, requestId)
  const home = homeOf(input, principal)
  const asked = {
    type: 'keep',
    id: randomUUID(),
    tenant,
    home,
    correlation: requestId,
    key,
    reply: null,
    bytes: 200,
    present,
  } as const
  const replied = await options.kernel.submit(asked)
  return replied.status === 0 ? null : replied
}

/** Gives an answer that no command led to, kept when it came with a key. */
async function keep(
  options: CallOptions,
  request: CallRequest,
  input: unknown,
  key: IdempotencyKey | null,
  reply: Reply,
  readAt: Position | null = null,
): Promise<Replied> {
  if (key === null || !isKept(reply)) return { ...reply, position: null, replayed: false }
  const { tenant } = request.principal
  // It may tell of the home that the call named, so it is sealed with that home's key.
  const home = homeOf(input, request.principal)
  const bytes = reply.body.length
  const present = (answer: Answer): Reply => presented(answer, options.errors, request.requestId)
  return options.kernel.submit({
    type: 'keep',
    id: randomUUID(),
    tenant,
    home,
    correlation: request.requestId,
    key,
    reply,
    ...(readAt === null ? {} : { readAt: readAt.sequence }),
    bytes,
    present,
  })
}

/** Whom an input names: what is told of them goes with them. */
function homesNamed(input: unknown): readonly string[] {
  const { home, person, actor } = (input ?? {}) as {
    readonly home?: string
    readonly person?: string
    readonly actor?: string
  }
  const named = [home, person, actor === undefined ? undefined : homeIn(actor)]
  return named.filter((one) => one !== undefined)
}

function homeIn(actor: string): string | undefined {
  try {
    return parseAddress(actor).home
  } catch {
    // The operation says what is wrong with it.
    return undefined
  }
}

// Counted once more than the text would be: what waits in memory is the parsed input.
const sizeOf = (input: unknown): number => 200 + 2 * JSON.stringify(input ?? null).length

export function presented(answer: Answer, errors: ErrorTable, requestId: string): Reply {
  if (answer.type === 'accepted') return { status: 200, body: JSON.stringify(answer.output) }
  const problem = toProblem(answer, errors, requestId)
  return { status: problem.status, body: JSON.stringify(problem) }
}

function render({ status, body, position, replayed }: Replied): CallAnswer {
  const headers: Record<string, string> = {}
  if (position !== null) headers['Hearth-Position'] = formatPosition(position)
  if (replayed) headers['Idempotency-Replayed'] = 'true'
  return { status, body, contentType: status < 400 ? 'application/json' : 'application/problem+json', headers }
}

function refusal(options: CallOptions, error: unknown, requestId: string): CallAnswer {
  const known = error instanceof HearthError ? error : unavailableBy(error)
  if (known === undefined) options.onFailure(error, requestId)
  const { code, message, issues, retryAfterSeconds } =
    known ?? new HearthError('door.failed', 'Something went wrong here. The log says what.')
  const problem = toProblem({ code, detail: message, issues }, options.errors, requestId)
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }
  return { status: problem.status, body: JSON.stringify(problem), contentType: 'application/problem+json', headers }
}
