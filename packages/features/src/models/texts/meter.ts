import type { CountedMetric } from '../../feature.ts'
import type { TextKeeper } from './keeper.ts'

export const textsCounted: readonly CountedMetric[] = [
  {
    name: 'model_texts_total',
    type: 'counter',
    help: 'Calls of which something that was said was to be kept, by result: kept, lost.',
  },
]

export function textLines({ kept, lost }: Pick<TextKeeper, 'kept' | 'lost'>): string {
  if (kept + lost === 0) return ''
  const [{ name, type, help }] = textsCounted as readonly [CountedMetric]
  return `# HELP hearth_${name} ${help}\n# TYPE hearth_${name} ${type}\nhearth_${name}{result="kept"} ${kept}\nhearth_${name}{result="lost"} ${lost}\n`
}
