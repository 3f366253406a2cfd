import type { Server } from 'node:http'
import type { LoopDelay } from '../../platform/loop-delay.ts'
import type { Garbage } from '../../platform/garbage.ts'
import { openFiles } from '../../platform/open-files.ts'
import { version } from '../../platform/version.ts'

const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

interface Series {
  readonly counts: Uint32Array
  sum: number
}

export interface RequestMeter {
  observe(operation: string, status: number, seconds: number): void
  refused(code: string): void
  /** Bytes of bodies. */
  passed(received: number, sent: number): void
  lines(): string
}

const told = {
  hearth_http: {
    seconds: [
      '# HELP hearth_http_request_seconds Calls over HTTP, from arrival to answer, by operation and sort of status.',
      '# TYPE hearth_http_request_seconds histogram',
    ],
    refused: [
      '# HELP hearth_http_refused_total Refusals over HTTP by code: keys, rates, limits and all others.',
      '# TYPE hearth_http_refused_total counter',
    ],
    bytes: [
      '# HELP hearth_http_body_bytes_total Bytes of bodies over HTTP; of received ones as far as their length was said.',
      '# TYPE hearth_http_body_bytes_total counter',
    ],
  },
  hearth_live: {
    seconds: [
      '# HELP hearth_live_request_seconds Calls over WebSocket, from frame to frame, by operation and sort of status.',
      '# TYPE hearth_live_request_seconds histogram',
    ],
    refused: [
      '# HELP hearth_live_refused_total Refusals over WebSocket by code.',
      '# TYPE hearth_live_refused_total counter',
    ],
    bytes: [
      '# HELP hearth_live_body_bytes_total Bytes of answers over WebSocket; what is received is not counted.',
      '# TYPE hearth_live_body_bytes_total counter',
    ],
  },
} as const

/** `name` is that of a door: its metrics begin with it. */
export function meterRequests(name: 'hearth_http' | 'hearth_live' = 'hearth_http'): RequestMeter {
  const all = new Map<string, Series[]>()
  const refusals = new Map<string, number>()
  const bytes = { received: 0, sent: 0 }
  const about = told[name]

  const series = (operation: string, status: number): Series => {
    let classes = all.get(operation)
    if (classes === undefined) all.set(operation, (classes = []))
    const index = Math.trunc(status / 100)
    return (classes[index] ??= { counts: new Uint32Array(bounds.length + 1), sum: 0 })
  }
  return {
    observe: (operation, status, seconds) => {
      const one = series(operation, status)
      let bucket = 0
      while (bucket < bounds.length && seconds > (bounds[bucket] as number)) bucket += 1
      one.counts[bucket] = (one.counts[bucket] as number) + 1
      one.sum += seconds
    },
    refused: (code) => void refusals.set(code, (refusals.get(code) ?? 0) + 1),
    passed: (received, sent) => {
      bytes.received += received
      bytes.sent += sent
    },
    lines: () => {
      const lines: string[] = [...about.seconds]
      for (const [operation, classes] of all)
        classes.forEach((one, status) =>
          lines.push(...linesOf(`${name}_request_seconds`, `operation="${operation}",status="${status}xx"`, one)),
        )
      lines.push(
        ...about.refused,
        ...[...refusals].map(([code, count]) => `${name}_refused_total{code="${code}"} ${count}`),
        ...about.bytes,
        `${name}_body_bytes_total{direction="received"} ${bytes.received}`,
        `${name}_body_bytes_total{direction="sent"} ${bytes.sent}`,
      )
      return `${lines.join('\n')}\n`
    },
  }
}

function linesOf(name: string, labels: string, { counts, sum }: Series): readonly string[] {
  let total = 0
  const buckets = [...counts].map((count, index) => {
    total += count
    return `${name}_bucket{${labels},le="${bounds[index] ?? '+Inf'}"} ${total}`
  })
  return [...buckets, `${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${total}`]
}

export const connectionsOf = (server: Server): Promise<number> =>
  new Promise((resolve) => server.getConnections((error, count) => resolve(error === null ? count : 0)))

/** Those of the live door are among those of the port. */
export const connectionLines = (all: number, live: number): string =>
  [
    '# HELP hearth_connections Open connections: all of the port, and those of them that speak WebSocket.',
    '# TYPE hearth_connections gauge',
    `hearth_connections{door="all"} ${all}`,
    `hearth_connections{door="live"} ${live}`,
    '',
  ].join('\n')

export function processLines(loopDelay: LoopDelay, garbage: Garbage): string {
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage()
  const cpu = process.cpuUsage()
  const started = Math.round(performance.timeOrigin / 1000)
  return [
    '# HELP hearth_build_info Always 1: which version this is, and on which Node it runs.',
    '# TYPE hearth_build_info gauge',
    `hearth_build_info{version="${version}",node="${process.versions.node}"} 1`,
    '# HELP process_cpu_seconds_total Seconds of processor spent.',
    '# TYPE process_cpu_seconds_total counter',
    `process_cpu_seconds_total ${(cpu.user + cpu.system) / 1e6}`,
    '# HELP process_resident_memory_bytes Memory that the process holds.',
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${rss}`,
    '# HELP nodejs_heap_size_used_bytes Memory that JavaScript holds.',
    '# TYPE nodejs_heap_size_used_bytes gauge',
    `nodejs_heap_size_used_bytes ${heapUsed}`,
    '# HELP nodejs_heap_size_total_bytes Memory that is set aside for JavaScript.',
    '# TYPE nodejs_heap_size_total_bytes gauge',
    `nodejs_heap_size_total_bytes ${heapTotal}`,
    '# HELP nodejs_external_memory_bytes Memory of buffers and the like, beside that of JavaScript.',
    '# TYPE nodejs_external_memory_bytes gauge',
    `nodejs_external_memory_bytes ${external}`,
    '# HELP nodejs_gc_seconds_total Seconds in which memory was tidied up, by kind.',
    '# TYPE nodejs_gc_seconds_total counter',
    ...garbage.kinds().map(({ kind, seconds }) => `nodejs_gc_seconds_total{kind="${kind}"} ${seconds}`),
    '# HELP nodejs_gc_runs_total How often memory was tidied up, by kind.',
    '# TYPE nodejs_gc_runs_total counter',
    ...garbage.kinds().map(({ kind, runs }) => `nodejs_gc_runs_total{kind="${kind}"} ${runs}`),
    ...descriptorLines(),
    '# HELP hearth_event_loop_delay_p99_seconds How late the event loop is, at worst but for a hundredth of the time.',
    '# TYPE hearth_event_loop_delay_p99_seconds gauge',
    `hearth_event_loop_delay_p99_seconds ${loopDelay.p99Ms() / 1000}`,
    '# HELP process_start_time_seconds When the process was started.',
    '# TYPE process_start_time_seconds gauge',
    `process_start_time_seconds ${started}`,
    '',
  ].join('\n')
}

/** As far as the system tells. */
function descriptorLines(): readonly string[] {
  const { open, most } = openFiles()
  if (open === null || most === null) return []
  return [
    '# HELP process_open_fds Open files and sockets.',
    '# TYPE process_open_fds gauge',
    `process_open_fds ${open}`,
    '# HELP process_max_fds Files and sockets that may be open.',
    '# TYPE process_max_fds gauge',
    `process_max_fds ${most}`,
  ]
}
