import { setTimeout as sleep } from 'node:timers/promises'
import { cpuOf } from '../cost.ts'
import type { RunningGateway } from '../gateways/gateway.ts'
import { watchMemory } from '../overload/memory.ts'
import type { MemorySample } from '../overload/memory.ts'
import { percentile } from '../load/histogram.ts'
import type { LoadPlan, LoadResult } from '../load/load.ts'
import { runLoadApart } from '../load/process.ts'
import type { RequestTemplate } from '../load/request.ts'
import { said } from '../upstream/protocol.ts'

export interface GatewaySettings {
  readonly sequentialSeconds: number
  readonly fewConnections: number
  readonly fewSeconds: number
  readonly connections: number
  readonly seconds: number
  /** At the many connections no more than so many. */
  readonly requests?: number
  readonly streamSeconds: number
}

export interface RoundResult {
  readonly figures: Readonly<Record<string, number | null>>
  readonly answered: number
  /** While the many connections ask. */
  readonly memory: readonly MemorySample[]
}

/** What follows an answer, as records that are written together, belongs to what it costs. */
const settleMs = 300

export async function measureRound(gateway: RunningGateway, settings: GatewaySettings): Promise<RoundResult> {
  const { sequentialSeconds, fewConnections, fewSeconds, connections, seconds, requests, streamSeconds } = settings
  const { processes } = gateway
  let answered = 0
  const load = async (
    form: 'whole' | 'stream',
    plan: Pick<LoadPlan, 'connections' | 'seconds'>,
  ): Promise<LoadResult> => {
    const result = await runLoadApart({
      template: templateOf(gateway, form),
      completion: { form, text: said },
      ...plan,
    })
    answered += allAnswered(result)
    return result
  }
  const one = await load('whole', { connections: 1, seconds: sequentialSeconds })
  const few = await load('whole', { connections: fewConnections, seconds: fewSeconds })
  await gateway.loopDelayMs?.()
  const before = cpuOf(processes)
  const { result: many, samples: memory } = await watchMemory(processes, () =>
    load('whole', { connections, seconds, ...(requests === undefined ? {} : { requests }) }),
  )
  const loopDelayP99Ms = (await gateway.loopDelayMs?.()) ?? null
  await sleep(settleMs)
  const after = cpuOf(processes)
  const stream = await load('stream', { connections: 1, seconds: streamSeconds })
  const per = (spent: number): number => (spent * 1e6) / many.acknowledged
  const server = per(after.serverSeconds - before.serverSeconds)
  const postgres = per(after.postgresSeconds - before.postgresSeconds)
  return {
    answered,
    memory,
    figures: {
      sequentialP50Ms: percentile(one.latency, 0.5),
      sequentialP99Ms: percentile(one.latency, 0.99),
      [`at${fewConnections}.perSecond`]: few.inTime / few.seconds,
      [`at${fewConnections}.p50Ms`]: percentile(few.latency, 0.5),
      [`at${fewConnections}.p99Ms`]: percentile(few.latency, 0.99),
      [`at${connections}.perSecond`]: many.inTime / many.seconds,
      [`at${connections}.p50Ms`]: percentile(many.latency, 0.5),
      [`at${connections}.p99Ms`]: percentile(many.latency, 0.99),
      cpuMicrosPerRequest: server + postgres,
      serverCpuMicrosPerRequest: server,
      ...(processes.postgres().length === 0 ? {} : { postgresCpuMicrosPerRequest: postgres }),
      firstTokenP50Ms: percentile(stream.firstToken, 0.5),
      firstTokenP99Ms: percentile(stream.firstToken, 0.99),
      loopDelayP99Ms,
    },
  }
}

export function templateOf(
  { port, path, headers, model }: Pick<RunningGateway, 'port' | 'path' | 'headers' | 'model'>,
  form: 'whole' | 'stream',
  most = 100,
): RequestTemplate {
  const messages = [
    { role: 'system', content: 'You are polite, and say in one sentence what there is to say.' },
    { role: 'user', content: 'Say good morning to Ann.' },
  ]
  const asked = { model, messages, max_tokens: most, temperature: 0.2, ...(form === 'stream' ? { stream: true } : {}) }
  const host = '127.0.0.1'
  const body = JSON.stringify(asked)
  return { host, port, method: 'POST', path, headers, body, streams: 1, order: 'random', firstSerial: 0 }
}

/** Every request of a round is answered with what was to be said, or the round is none. */
export function allAnswered({ acknowledged, statuses, unanswered, faults }: LoadResult): number {
  const counted = Object.values(statuses).reduce((sum, count) => sum + count, 0)
  if (acknowledged === 0 || counted !== acknowledged || statuses[200] !== acknowledged || unanswered > 0)
    throw new Error(
      `Not all were answered: ${acknowledged} were, of ${JSON.stringify(statuses)} and ${unanswered} without an answer. ${faults.join('; ')}`,
    )
  return acknowledged
}
