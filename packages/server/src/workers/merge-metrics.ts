/** Gauges whose sum over all workers means what each of them means. */
const summedGauges: ReadonlySet<string> = new Set([
  'hearth_inbox_bytes',
  'hearth_inbox_commands',
  'hearth_watchers',
  'hearth_connections',
  'hearth_trace_spans_waiting',
])
/** Gauges that every worker reads from the same place. */
const sharedGauges: ReadonlySet<string> = new Set(['hearth_effects_owed', 'hearth_webhooks', 'hearth_build_info'])

interface Family {
  readonly lines: string[]
  readonly type: string
  readonly samples: Map<string, number>
}

type Way = 'sum' | 'once' | 'label'

/**
 * One exposition out of those of several workers. Counters and histograms are summed, with `retired`, the last that was heard of workers
 * that are gone, so that no sum goes back; gauges are too where that means something, and carry the worker's name where it does not.
 */
export function mergeMetrics(texts: ReadonlyMap<string, string>, retired: readonly string[] = []): string {
  const families = new Map<string, Family>()
  for (const [worker, text] of texts) add(families, text, worker)
  for (const text of retired) add(families, text, null)
  return [...families.values()]
    .flatMap(({ lines, samples }) => [...lines, ...[...samples].map(([name, value]) => `${name} ${value}`)])
    .concat('')
    .join('\n')
}

/** What stays of a worker that is gone: its counters. */
export function countersOf(text: string): string {
  const families = new Map<string, Family>()
  add(families, text, null)
  return [...families]
    .flatMap(([name, { type, samples }]) => [
      `# TYPE ${name} ${type}`,
      ...[...samples].map(([sample, value]) => `${sample} ${value}`),
    ])
    .join('\n')
}

function add(families: Map<string, Family>, text: string, worker: string | null): void {
  let help: string[] = []
  let family: Family | undefined
  let way: Way = 'sum'
  for (const line of text.split('\n')) {
    if (line.startsWith('# HELP')) help.push(line)
    else if (line.startsWith('# TYPE')) {
      const [, , name = '', type = ''] = line.split(' ')
      way = wayOf(name, type)
      family = undefined
      if (worker !== null || way === 'sum') {
        family = families.get(name) ?? { lines: [...help, line], type, samples: new Map() }
        if (worker !== null || type !== 'gauge') families.set(name, family)
      }
      help = []
    } else if (line !== '' && family !== undefined && (worker !== null || family.type !== 'gauge'))
      put(family, line, way, worker)
  }
}

function wayOf(name: string, type: string): Way {
  if (type !== 'gauge' || summedGauges.has(name)) return 'sum'
  return sharedGauges.has(name) ? 'once' : 'label'
}

function put({ samples }: Family, line: string, way: Way, worker: string | null): void {
  const cut = line.lastIndexOf(' ')
  const name = line.slice(0, cut)
  const value = Number(line.slice(cut + 1))
  if (way === 'label') samples.set(labelled(name, worker ?? ''), value)
  else if (way === 'sum') samples.set(name, (samples.get(name) ?? 0) + value)
  else if (Number.isNaN(samples.get(name) ?? Number.NaN)) samples.set(name, value)
}

const labelled = (name: string, worker: string): string =>
  name.endsWith('}') ? `${name.slice(0, -1)},worker="${worker}"}` : `${name}{worker="${worker}"}`
