import { openConnection } from '../load/connection.ts'
import { makeHistogram, record } from '../load/histogram.ts'
import type { Histogram } from '../load/histogram.ts'
import { makeRequests } from '../load/request.ts'
import type { RequestTemplate } from '../load/request.ts'
import { microseconds } from '../upstream/clock.ts'

export interface CrowdPlan {
  readonly template: RequestTemplate
  readonly streams: number
  /** Of each stream. */
  readonly tokens: number
  /** The streams begin one after the other within so long. */
  readonly beginsWithinMs: number
  /** Streams that have not ended after so long never will. */
  readonly withinMs: number
}

export interface CrowdResult {
  /** From the moment the upstream wrote a token until it was here. */
  readonly lag: Histogram
  readonly firstToken: Histogram
  readonly tokens: number
  /** Streams with a 200, every token in its turn, and the end that the protocol has. */
  readonly whole: number
  readonly statuses: Readonly<Record<string, number>>
  readonly faults: readonly string[]
  readonly seconds: number
}

/** As it stands in a token: its number among those of its stream, and when it was written. */
const stamped = /(\d+):(\d+) "/y
const before = '"content":'
const keptFaults = 5

interface Tally {
  readonly lag: Histogram
  readonly firstToken: Histogram
  readonly statuses: Record<string, number>
  readonly faults: string[]
  tokens: number
  whole: number
}

/** Very many streams at once, each on a connection of its own. */
export async function runCrowd(plan: CrowdPlan): Promise<CrowdResult> {
  const { template, streams, beginsWithinMs, withinMs } = plan
  const tally: Tally = {
    lag: makeHistogram(),
    firstToken: makeHistogram(),
    statuses: {},
    faults: [],
    tokens: 0,
    whole: 0,
  }
  const nextRequest = makeRequests(template)
  const over = new AbortController()
  const listeners = await Promise.all(
    Array.from({ length: streams }, async () => await openStream(plan, tally, over.signal)),
  )
  const began = performance.now()
  const late = setTimeout(() => over.abort(), withinMs)
  await Promise.all(
    listeners.map(async (listen, index) => {
      await sleep((beginsWithinMs * index) / streams)
      await listen(nextRequest())
    }),
  )
  clearTimeout(late)
  return { ...tally, seconds: (performance.now() - began) / 1000 }
}

/** Resolves once it is connected; what it gives sends the request and resolves when all is over. */
async function openStream(
  { template, tokens }: CrowdPlan,
  tally: Tally,
  over: AbortSignal,
): Promise<(request: string) => Promise<void>> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let rest = ''
  let next = 0
  let sentAt = 0
  const fault = (reason: string): void => {
    if (tally.faults.length < keptFaults && !tally.faults.includes(reason)) tally.faults.push(reason)
  }
  const onPart = (part: Buffer): void => {
    const text = rest + part.toString('latin1')
    const now = microseconds()
    let read = 0
    for (let at = text.indexOf(before); at !== -1; at = text.indexOf(before, at + before.length)) {
      const quote = text.indexOf('"', at + before.length)
      stamped.lastIndex = quote + 1
      const match = quote === -1 ? null : stamped.exec(text)
      if (match === null) continue
      read = stamped.lastIndex
      if (Number(match[1]) !== next) fault(`token ${match[1]} came where ${next} ought to have come`)
      else {
        if (next === 0) record(tally.firstToken, (now - sentAt) / 1000)
        next += 1
      }
      tally.tokens += 1
      record(tally.lag, Math.max(0, now - Number(match[2])) / 1000)
    }
    rest = text.slice(read)
  }
  const connection = await openConnection(template.host, template.port, {
    onPart,
    keepsBody: false,
    onResponse: ({ status }) => {
      tally.statuses[status] = (tally.statuses[status] ?? 0) + 1
      if (status !== 200) fault(`${status} ${rest.slice(0, 300)}`)
      else if (next !== tokens) fault(`a stream ended after ${next} of ${tokens} tokens: ${rest.slice(-300)}`)
      else if (!rest.endsWith('data: [DONE]\n\n')) fault(`a stream ended with ${JSON.stringify(rest.slice(-100))}`)
      else tally.whole += 1
      resolve()
    },
    onBroken: (reason) => {
      fault(reason)
      resolve()
    },
  })
  over.addEventListener('abort', () => resolve())
  return async (request) => {
    sentAt = microseconds()
    connection.send(request)
    await promise
    connection.close()
  }
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))
