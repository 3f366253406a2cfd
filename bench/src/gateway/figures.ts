import { direct } from '../gateways/direct.ts'
import { peers } from '../gateways/gateways.ts'
import type { BenchResult, Figures } from '../result.ts'
import type { GatewaySettings } from './measure.ts'

export type Found = Readonly<Record<string, number | null>>

/** What a gateway added to what the upstream took in the same round. */
export function addedTo(floor: Found, found: Found, { fewConnections, connections }: GatewaySettings): Found {
  const names = ['sequential', `at${fewConnections}.`, `at${connections}.`, 'firstToken'].flatMap((what) =>
    what.endsWith('.') ? [`${what}p50Ms`, `${what}p99Ms`] : [`${what}P50Ms`, `${what}P99Ms`],
  )
  return Object.fromEntries(names.map((name) => [`added.${name}`, (found[name] ?? NaN) - (floor[name] ?? NaN)]))
}

export function describe(found: Found, { connections }: GatewaySettings): string {
  const value = (name: string, digits: number): string => (found[name] ?? NaN).toFixed(digits)
  return [
    `one at a time p50 ${value('sequentialP50Ms', 2)} ms`,
    `${value(`at${connections}.perSecond`, 0)}/s at ${connections}`,
    `${value('cpuMicrosPerRequest', 0)} µs of processor time each`,
    `first token after ${value('firstTokenP50Ms', 2)} ms`,
  ].join(', ')
}

export function peerFigures(
  measured: ReadonlyMap<string, Figures>,
  absent: ReadonlyMap<string, string>,
): BenchResult['peers'] {
  const leftOut = 'left out by --quick; --peers measures it all the same'
  return Object.fromEntries(
    [direct, ...peers].map(({ name }) => {
      const reason = absent.get(name)
      const figures = reason === undefined ? measured.get(name) : undefined
      return [name, figures ?? { absent: reason ?? leftOut }]
    }),
  )
}
