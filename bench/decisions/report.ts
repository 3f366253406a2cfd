import { figureOf, type Figures } from '../src/result.ts'
import type { Measured, Measures } from './measure/run-variant.ts'
import type { Micros } from './measure/run-micro.ts'

export type Outcome =
  | { readonly type: 'measured'; readonly name: string; readonly measured: Measured }
  | { readonly type: 'micro'; readonly name: string; readonly micros: Micros }
  | { readonly type: 'absent'; readonly name: string; readonly reason: string }
  | { readonly type: 'failed'; readonly name: string; readonly reason: string }

type Cell = (measured: Measured) => string

const figure =
  (name: string, digits = 0): Cell =>
  ({ figures }) =>
    figures[name] === undefined ? '' : figures[name].toFixed(digits)

/** Bytes of a table with its indexes, whose names begin with it or say so. */
const bytes =
  (holds: (relation: string) => boolean): Cell =>
  ({ bytes: all }) =>
    Object.entries(all)
      .filter(([relation]) => holds(relation))
      .reduce((sum, [, each]) => sum + each, 0)
      .toFixed(0)

const isIndexOfLog = (relation: string): boolean =>
  /^log(_events|_addressed)?_(pkey|actor|types|address)$/.test(relation)

const cells: readonly (readonly [title: string, cell: Cell])[] = [
  ['ack/s', figure('acknowledgedPerSecond')],
  ['settled/s', figure('settledPerSecond')],
  ['p50 ms', figure('p50Ms', 1)],
  ['p99 ms', figure('p99Ms', 1)],
  ['loop p99', figure('loopDelayP99Ms', 1)],
  ['server µs', figure('serverCpuMicrosPerMessage')],
  ['pg µs', figure('postgresCpuMicrosPerMessage')],
  ['disk B', figure('diskBytesPerMessage')],
  ['log B', bytes((relation) => /^log(_events|_addressed)?$/.test(relation))],
  ['its indexes B', bytes(isIndexOfLog)],
  ['WAL B', figure('walBytesPerMessage')],
  ['born/s', figure('bornPerSecond')],
]

/** One line a run, in the order in which they ran. */
export function table(outcomes: readonly Outcome[]): string {
  const lines = [['', ...cells.map(([title]) => title), '']]
  for (const outcome of outcomes) {
    if (outcome.type === 'measured') lines.push(lineOf(outcome.measured))
    else if (outcome.type !== 'micro')
      lines.push([outcome.name, ...cells.map(() => '-'), `${outcome.type}: ${outcome.reason.split('\n')[0] ?? ''}`])
  }
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? []
  const aligned = lines.map((line) =>
    line
      .map((cell, column) =>
        column === 0 || column > cells.length ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  return [...aligned, ...outcomes.flatMap(moreOf)].join('\n')
}

function lineOf(measured: Measured): string[] {
  const { variant, acknowledged, verified, trouble } = measured
  const wrong = acknowledged === verified ? [] : [`${acknowledged} acknowledged, ${verified} there`]
  return [variant, ...cells.map(([, cell]) => cell(measured)), [...wrong, ...trouble].join('; ')]
}

/** What fits no column. */
function moreOf(outcome: Outcome): readonly string[] {
  if (outcome.type === 'absent') return []
  if (outcome.type === 'failed') return ['', `${outcome.name}: ${outcome.reason}`]
  if (outcome.type === 'micro')
    return ['', `${outcome.name}, in microseconds unless it says:`, ...listed(outcome.micros)]
  const beside = Object.entries(outcome.measured.figures).filter(([name]) => name.startsWith('alongside'))
  return beside.length === 0
    ? []
    : ['', `${outcome.name}, the calls beside the load:`, ...listed(Object.fromEntries(beside))]
}

const listed = (figures: Micros): string[] =>
  Object.entries(figures).map(([name, value]) => `  ${name.padEnd(48)}${value === null ? 'absent' : value.toFixed(2)}`)

/** The figures of all runs of each variant together. */
export function figuresByVariant(outcomes: readonly Outcome[]): Figures {
  const found = new Map<string, number[]>()
  for (const outcome of outcomes) {
    for (const [name, value] of Object.entries(measuresOf(outcome))) {
      const key = `${outcome.name}: ${name}`
      found.set(key, [...(found.get(key) ?? []), value])
    }
  }
  return Object.fromEntries([...found].map(([key, values]) => [key, figureOf(values)]))
}

function measuresOf(outcome: Outcome): Measures {
  switch (outcome.type) {
    case 'measured': {
      const { figures, bytes: relations } = outcome.measured
      const named = Object.entries(relations).map(([relation, each]): [string, number] => [
        `bytes of ${relation}`,
        each,
      ])
      return { ...figures, ...Object.fromEntries(named) }
    }
    case 'micro':
      return Object.fromEntries(
        Object.entries(outcome.micros).filter((entry): entry is [string, number] => entry[1] !== null),
      )
    case 'absent':
    case 'failed':
      return {}
  }
}
