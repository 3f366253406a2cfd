import { constants, PerformanceObserver } from 'node:perf_hooks'

/** How long and how often memory was tidied up. */
export interface Garbage extends Disposable {
  kinds(): readonly { readonly kind: string; readonly seconds: number; readonly runs: number }[]
}

const names: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weak'],
])

export function watchGarbage(): Garbage {
  const totals = new Map([...names.values()].map((kind) => [kind, { seconds: 0, runs: 0 }]))
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const total = totals.get(names.get(kindOf(entry)) ?? '')
      if (total === undefined) continue
      total.seconds += entry.duration / 1000
      total.runs += 1
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return {
    kinds: () => [...totals].map(([kind, total]) => ({ kind, ...total })),
    [Symbol.dispose]: () => observer.disconnect(),
  }
}

/** Where Node says of which kind it was. */
const kindOf = (entry: object): number => (entry as { readonly detail?: { readonly kind?: number } }).detail?.kind ?? -1
