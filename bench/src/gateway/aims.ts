import { atLeast, atMost } from '../result.ts'
import type { Aim, BenchResult, Figures } from '../result.ts'

export function aimsOf(ours: Figures, peers: BenchResult['peers'], connections: number): Aim[] {
  const median = (figures: Figures, name: string): number => figures[name]?.median ?? NaN
  const perSecond = `at${connections}.perSecond`
  const over = (peer: string, figure: string): number | null => {
    const theirs = peers[peer]
    return theirs === undefined || 'absent' in theirs ? null : median(ours, figure) / median(theirs as Figures, figure)
  }
  const [portkeyRate, portkeyCpu, litellmRate] = [
    over('portkey', perSecond),
    over('portkey', 'cpuMicrosPerRequest'),
    over('litellm', perSecond),
  ]
  return [
    ...(portkeyRate === null ? [] : [atLeast("requests a second, in times Portkey's", 3, portkeyRate)]),
    ...(portkeyCpu === null ? [] : [atMost("processor time a request, in times Portkey's", 1 / 3, portkeyCpu)]),
    ...(litellmRate === null ? [] : [atLeast("requests a second, in times LiteLLM's", 60, litellmRate)]),
    atMost('added, one at a time, p50 in ms', 0.35, median(ours, 'added.sequentialP50Ms')),
    atMost('first token later, p50 in ms', 0.5, median(ours, 'added.firstTokenP50Ms')),
    atMost('memory in the last quarter, in times that of the second', 1.1, median(ours, 'memoryGrowth')),
  ]
}
