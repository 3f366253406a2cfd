import type { Candidate } from './candidate.ts'
import { matches } from './pattern.ts'

/** Leaves the choice to the policy. */
export const auto = 'auto'

/** In which sense a name means a candidate, 0 being the plainest; `none`: in no sense. */
export function senseOf(name: string, { provider, kind, model, facts }: Candidate): number {
  if (isPath(provider, model, name)) return 0
  if (isPath(kind, model, name)) return 1
  if (model === name) return 2
  if (facts.aliases?.includes(name) ?? false) return 3
  if (!name.includes('*')) return none
  return matches(name, model) || matches(name, `${provider}/${model}`) || matches(name, `${kind}/${model}`) ? 4 : none
}

export const none = 127

const isPath = (head: string, tail: string, name: string): boolean =>
  name.length === head.length + tail.length + 1 &&
  name.charCodeAt(head.length) === 47 &&
  name.startsWith(head) &&
  name.endsWith(tail)
