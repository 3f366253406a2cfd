import type { LoopDelay } from '../../platform/loop-delay.ts'
import { version } from '../../platform/version.ts'

const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

interface Series {
  readonly counts: Uint32Array
  sum: number
}

export interface RequestMeter {
  observe(operation: string, status: number, seconds: number): void
  lines(): string
}

export function meterRequests(): RequestMeter {
  const all = new Map<string, Series[]>()

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
    lines: () => {
      const lines = ['# TYPE hearth_http_request_seconds histogram']
      for (const [operation, classes] of all) {
        classes.forEach((one, status) => lines.push(...linesOf(`operation="${operation}",status="${status}xx"`, one)))
      }
      return `${lines.join('\n')}\n`
    },
  }
}

function linesOf(labels: string, { counts, sum }: Series): readonly string[] {
  const name = 'hearth_http_request_seconds'
  let total = 0
  const buckets = [...counts].map((count, index) => {
    total += count
    return `${name}_bucket{${labels},le="${bounds[index] ?? '+Inf'}"} ${total}`
  })
  return [...buckets, `${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${total}`]
}

export function processLines(loopDelay: LoopDelay): string {
  const { rss, heapUsed } = process.memoryUsage()
  const cpu = process.cpuUsage()
  const started = Math.round(performance.timeOrigin / 1000)
  return [
    '# TYPE hearth_build_info gauge',
    `hearth_build_info{version="${version}",node="${process.versions.node}"} 1`,
    '# TYPE process_cpu_seconds_total counter',
    `process_cpu_seconds_total ${(cpu.user + cpu.system) / 1e6}`,
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${rss}`,
    '# TYPE nodejs_heap_size_used_bytes gauge',
    `nodejs_heap_size_used_bytes ${heapUsed}`,
    '# TYPE hearth_event_loop_delay_p99_seconds gauge',
    `hearth_event_loop_delay_p99_seconds ${loopDelay.p99Ms() / 1000}`,
    '# TYPE process_start_time_seconds gauge',
    `process_start_time_seconds ${started}`,
    '',
  ].join('\n')
}
