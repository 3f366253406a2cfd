import { setTimeout as sleep } from 'node:timers/promises'
import { cpuOf, memoryOf } from '../cost.ts'
import { templateOf } from '../gateway/measure.ts'
import type { RunningGateway } from '../gateways/gateway.ts'
import { percentile } from '../load/histogram.ts'
import { watchMemory } from '../overload/memory.ts'
import { runCrowdApart } from './process.ts'

export interface StreamSettings {
  readonly streams: number
  readonly tokensPerSecond: number
  readonly seconds: number
  readonly beginsWithinMs: number
  /** How much longer than they ought to take streams are waited for. */
  readonly patienceSeconds: number
}

export interface StreamRound {
  readonly figures: Readonly<Record<string, number | null>>
  readonly whole: number
}

const settleMs = 300
export const after = 'bytes.after'
export const tokensOf = ({ tokensPerSecond, seconds }: StreamSettings): number => tokensPerSecond * seconds

/** Rejects where not every stream came whole. */
export async function measureStreams(gateway: RunningGateway, settings: StreamSettings): Promise<StreamRound> {
  const { streams, seconds, beginsWithinMs, patienceSeconds } = settings
  const { processes } = gateway
  const tokens = tokensOf(settings)
  const held = (): number => (memoryOf(processes.server()) ?? NaN) + (memoryOf(processes.postgres()) ?? 0)
  const earlier = { bytes: held(), cpu: cpuOf(processes) }
  await gateway.loopDelayMs?.()
  const plan = {
    template: templateOf(gateway, 'stream', tokens),
    streams,
    tokens,
    beginsWithinMs,
    withinMs: beginsWithinMs + (seconds + patienceSeconds) * 1000,
  }
  const { result, samples } = await watchMemory(processes, () => runCrowdApart(plan))
  const loopDelayP99Ms = (await gateway.loopDelayMs?.()) ?? null
  await sleep(settleMs)
  const cpu = cpuOf(processes)
  const { whole, lag, firstToken, faults, statuses } = result
  if (whole !== streams)
    throw new Error(
      `Of ${streams} streams ${whole} came whole within ${result.seconds.toFixed(0)} s: ${JSON.stringify(statuses)} ${faults.join('; ')}`,
    )
  // The system of some machines tells nothing of memory.
  const peak = Math.max(earlier.bytes, ...samples.map(({ server, postgres }) => server + postgres))
  const perToken = (spent: number): number => (spent * 1e6) / result.tokens
  return {
    whole,
    figures: {
      lagP50Ms: percentile(lag, 0.5),
      lagP99Ms: percentile(lag, 0.99),
      lagP999Ms: percentile(lag, 0.999),
      tokensPerSecond: result.tokens / result.seconds,
      firstTokenP50Ms: percentile(firstToken, 0.5),
      firstTokenP99Ms: percentile(firstToken, 0.99),
      serverCpuMicrosPerToken: perToken(cpu.serverSeconds - earlier.cpu.serverSeconds),
      ...(processes.postgres().length === 0
        ? {}
        : { postgresCpuMicrosPerToken: perToken(cpu.postgresSeconds - earlier.cpu.postgresSeconds) }),
      'bytes.before': earlier.bytes,
      'bytes.peak': peak,
      bytesPerStream: (peak - earlier.bytes) / streams,
      [after]: held(),
      loopDelayP99Ms,
    },
  }
}
