import { begunIn, isAnswer } from './completion.ts'
import type { Completion } from './completion.ts'
import { openConnection } from './connection.ts'
import type { Connection } from './connection.ts'
import { makeHistogram, record } from './histogram.ts'
import type { Histogram } from './histogram.ts'
import { makeRequests } from './request.ts'
import type { RequestTemplate } from './request.ts'
import type { Response } from './response.ts'

export interface LoadPlan {
  readonly template: RequestTemplate
  readonly connections: number
  /** How long requests are sent, where `requests` does not end it before. */
  readonly seconds: number
  /** Closed loop only: no more than so many. */
  readonly requests?: number
  /**
   * Absent: a closed loop, each connection sends its next request when it has its answer. Given: requests start at this
   * rate whatever the server does, and each latency counts from the moment its request ought to have started.
   */
  readonly ratePerSecond?: number
  /** Latencies are told apart by when their answer came, in windows of so long. */
  readonly windowSeconds?: number
  /** What a model says, whole or in a stream: an answer that says anything else is wrong, and is no acknowledgement. */
  readonly completion?: Completion
}

export interface LoadResult {
  /** Requests that got a 2xx, also those answered after the time was over. */
  readonly acknowledged: number
  /** Those answered within the time, of which a rate is made. */
  readonly inTime: number
  readonly seconds: number
  /** Of every answer. */
  readonly latency: Histogram
  /** Of the answers with a 2xx alone. */
  readonly acceptedLatency: Histogram
  /** Of the same, from the moment each request was really sent. */
  readonly acceptedSinceSent: Histogram
  /** Of streams: until the first token. */
  readonly firstToken: Histogram
  /** The first begins at `beganAt`, in milliseconds since 1970; none where the plan has no windows. */
  readonly windows: readonly Histogram[]
  readonly beganAt: number
  readonly statuses: Readonly<Record<string, number>>
  /** Open loop only: how much later than they ought to have requests were sent, which their latencies count too. */
  readonly lateness: Histogram
  /** Requests sent that never got an answer. */
  readonly unanswered: number
  /** Those requests, as they were sent: with keys they may be sent again. */
  readonly unansweredRequests: readonly string[]
  /** Open loop only: requests whose start had come and that found no free connection before the end. */
  readonly notStarted: number
  readonly faults: readonly string[]
}

/** After the time is over, answers still on their way are waited for so long. */
const patienceMs = 30_000
const keptFaults = 5

interface Slot {
  connection: Connection | null
  /** When the request on its way started, or ought to have; null when there is none. */
  startedAt: number | null
  sentAt: number
  request: string
  /** What came of a stream before its first token; null behind it. */
  before: string | null
}

interface Tally {
  acknowledged: number
  inTime: number
  unanswered: number
  readonly unansweredRequests: string[]
  readonly statuses: Record<string, number>
  readonly faults: string[]
  readonly latency: Histogram
  readonly acceptedLatency: Histogram
  readonly acceptedSinceSent: Histogram
  readonly firstToken: Histogram
  readonly windows: Histogram[]
  readonly lateness: Histogram
}

export async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const { template, connections, seconds, requests = Infinity, ratePerSecond, windowSeconds, completion } = plan
  const tally: Tally = {
    acknowledged: 0,
    inTime: 0,
    unanswered: 0,
    unansweredRequests: [],
    statuses: {},
    faults: [],
    latency: makeHistogram(),
    acceptedLatency: makeHistogram(),
    acceptedSinceSent: makeHistogram(),
    firstToken: makeHistogram(),
    windows: [],
    lateness: makeHistogram(),
  }
  const nextRequest = makeRequests(template)
  const slots: Slot[] = Array.from({ length: connections }, () => ({
    connection: null,
    startedAt: null,
    sentAt: 0,
    request: '',
    before: null,
  }))
  let began = 0
  let endsAt = Infinity
  let onFree: (slot: Slot) => void = () => undefined
  const settle = (slot: Slot, response: Response | null): void => {
    const now = performance.now()
    if (slot.startedAt === null) return
    if (response === null) leave(tally, slot)
    else {
      const taken = { since: now - slot.startedAt, sinceSent: now - slot.sentAt, isInTime: now <= endsAt }
      count(tally, response, taken, completion)
      if (windowSeconds !== undefined) {
        const window = Math.floor((now - began) / 1000 / windowSeconds)
        record((tally.windows[window] ??= makeHistogram()), now - slot.startedAt)
      }
    }
    slot.startedAt = null
    if (slot.connection !== null) onFree(slot)
  }
  const onPart = (slot: Slot, part: Buffer): void => {
    if (slot.before === null) return
    const now = performance.now()
    slot.before += part.toString('latin1')
    if (!begunIn(slot.before)) return
    slot.before = null
    record(tally.firstToken, now - slot.sentAt)
  }
  const open = async (slot: Slot): Promise<void> => {
    const { host, port } = template
    slot.connection = await openConnection(host, port, {
      ...(completion === undefined ? {} : { onPart: (part: Buffer) => onPart(slot, part) }),
      onResponse: (response) => {
        if (slot.startedAt === null) fault(tally, 'an answer that nobody asked for')
        settle(slot, response)
      },
      onBroken: (reason) => {
        fault(tally, reason)
        slot.connection = null
        settle(slot, null)
        if (performance.now() < endsAt)
          void open(slot).then(
            () => onFree(slot),
            (error: Error) => fault(tally, error.message),
          )
      },
    })
  }
  const send = (slot: Slot, startedAt: number): void => {
    slot.startedAt = startedAt
    slot.sentAt = performance.now()
    slot.request = nextRequest()
    slot.before = completion?.form === 'stream' ? '' : null
    slot.connection?.send(slot.request)
  }
  await Promise.all(slots.map(open))
  const beganAt = Date.now()
  began = performance.now()
  endsAt = began + seconds * 1000
  const loop = { slots, send, began, endsAt, lateness: tally.lateness }
  const notStarted =
    ratePerSecond === undefined
      ? await closedLoop(loop, requests, (free) => (onFree = free))
      : await openLoop(loop, ratePerSecond, (free) => (onFree = free))
  onFree = () => undefined
  await lastAnswers(slots, tally)
  const tookSeconds = (performance.now() - began) / 1000
  for (const slot of slots) slot.connection?.close()
  const windows = Array.from(tally.windows, (window) => window ?? makeHistogram())
  return { ...tally, windows, beganAt, seconds: Math.min(seconds, tookSeconds), notStarted }
}

interface Loop {
  readonly slots: readonly Slot[]
  readonly send: (slot: Slot, startedAt: number) => void
  readonly began: number
  readonly endsAt: number
  readonly lateness: Histogram
}

type WhenFree = (free: (slot: Slot) => void) => void

async function closedLoop({ slots, send, endsAt }: Loop, requests: number, whenFree: WhenFree): Promise<number> {
  const spent = Promise.withResolvers<void>()
  let left = requests
  const sendNext = (slot: Slot): void => {
    const now = performance.now()
    if (now >= endsAt) return
    if (left === 0) return spent.resolve()
    left -= 1
    send(slot, now)
  }
  whenFree(sendNext)
  for (const slot of slots) sendNext(slot)
  const timer = setTimeout(spent.resolve, endsAt - performance.now())
  await spent.promise
  clearTimeout(timer)
  return 0
}

async function openLoop(
  { slots, send, began, endsAt, lateness }: Loop,
  ratePerSecond: number,
  whenFree: WhenFree,
): Promise<number> {
  const free = [...slots]
  const intervalMs = 1000 / ratePerSecond
  let started = 0
  const startDue = (): void => {
    const due = Math.floor((Math.min(performance.now(), endsAt) - began) / intervalMs)
    while (started < due) {
      const slot = free.pop()
      if (slot === undefined) return
      if (slot.connection === null) continue
      const ought = began + started * intervalMs
      record(lateness, performance.now() - ought)
      send(slot, ought)
      started += 1
    }
  }
  whenFree((slot) => {
    free.push(slot)
    startDue()
  })
  while (performance.now() < endsAt) {
    startDue()
    await sleep(1)
  }
  return Math.max(0, Math.floor((endsAt - began) / intervalMs) - started)
}

async function lastAnswers(slots: readonly Slot[], tally: Tally): Promise<void> {
  const until = performance.now() + patienceMs
  while (slots.some((slot) => slot.startedAt !== null) && performance.now() < until) await sleep(5)
  for (const slot of slots) if (slot.startedAt !== null) leave(tally, slot)
}

interface Taken {
  readonly since: number
  readonly sinceSent: number
  readonly isInTime: boolean
}

function count(
  tally: Tally,
  { status, body }: Response,
  { since, sinceSent, isInTime }: Taken,
  completion: Completion | undefined,
): void {
  tally.statuses[status] = (tally.statuses[status] ?? 0) + 1
  record(tally.latency, since)
  if (status >= 300) return fault(tally, `${status} ${body.toString('utf8', 0, 300)}`)
  if (completion !== undefined && !isAnswer(completion, body))
    return fault(tally, `something else was said: ${body.toString('utf8', 0, 300)}`)
  tally.acknowledged += 1
  record(tally.acceptedLatency, since)
  record(tally.acceptedSinceSent, sinceSent)
  if (isInTime) tally.inTime += 1
}

function leave(tally: Tally, { request }: Slot): void {
  tally.unanswered += 1
  tally.unansweredRequests.push(request)
}

function fault(tally: Tally, reason: string): void {
  if (tally.faults.length < keptFaults && !tally.faults.includes(reason)) tally.faults.push(reason)
}

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, milliseconds))
  })
