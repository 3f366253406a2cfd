import type { ConformanceCase } from '@hearth/testing'
import type { Ability } from '../../../src/provider.ts'
import type { ProviderSubject, Tried } from './subject.ts'

export type Need = Ability | 'chat' | 'embed' | 'key' | 'filtered'

/** One thing that a provider must do. It applies to those who have all that it needs. */
export interface ProviderCase extends ConformanceCase<Tried> {
  readonly needs: readonly Need[]
}

export const casesOf = (
  group: string,
  needs: readonly Need[],
  cases: Readonly<Record<string, (tried: Tried) => Promise<void>>>,
): readonly ProviderCase[] => Object.entries(cases).map(([name, run]) => ({ group, name, needs, run }))

export function applies(
  { needs }: ProviderCase,
  { manifest, abilities, embedding, filters }: ProviderSubject,
): boolean {
  return needs.every((need) => {
    if (need === 'key') return manifest.key !== 'none'
    if (need === 'embed') return embedding !== undefined
    if (need === 'filtered') return filters !== false
    return need === 'chat' ? manifest.does.includes('chat') : abilities.has(need)
  })
}
