import { none, senseOf } from './asked.ts'
import type { Candidate } from './candidate.ts'
import { matchesModel } from './pattern.ts'
import type { Choice } from './policy.ts'

/** In which place a choice wants each candidate, before anything is compared; -1: not at all. */
export function placesOf(choice: Choice, candidates: readonly Candidate[], random: () => number): readonly number[] {
  if (choice.type === 'cheapest' || choice.type === 'fastest' || choice.type === 'best') {
    const { among } = choice
    return among === undefined
      ? candidates.map(() => 0)
      : candidates.map((candidate) => (matchesModel(among, candidate) ? 0 : -1))
  }
  const senses = candidates.map((candidate) => sensesOf(choice, candidate))
  const places = candidates.map(() => -1)
  for (const [place, model] of turnsOf(choice, random).entries()) {
    const plainest = senses.reduce((least, of) => Math.min(least, of[model] ?? none), none)
    if (plainest === none) continue
    for (const [index, of] of senses.entries())
      if (of[model] === plainest && places[index] === -1) places[index] = place
  }
  return places
}

/** Which of the candidates a name means: those that it means in the plainest sense. Undefined: none. */
export function meant(name: string, candidates: readonly Candidate[]): readonly boolean[] | undefined {
  const senses = candidates.map((candidate) => senseOf(name, candidate))
  const plainest = senses.reduce((least, sense) => Math.min(least, sense), none)
  return plainest === none ? undefined : senses.map((sense) => sense === plainest)
}

type Named = Exclude<Choice, { type: 'cheapest' | 'fastest' | 'best' }>

function namesOf(choice: Named): readonly string[] {
  switch (choice.type) {
    case 'pinned':
      return [choice.model]
    case 'weighted':
      return choice.models.map(({ model }) => model)
    case 'chain':
      return choice.models
  }
}

/** The numbers of its models, the first one to be asked first. */
function turnsOf(choice: Named, random: () => number): readonly number[] {
  if (choice.type === 'pinned') return [0]
  if (choice.type === 'chain') return choice.models.map((_, index) => index)
  // Each comes first as often as its weight says: of exponential variables, any one is the smallest with a chance in proportion to
  // its rate.
  return choice.models
    .map(({ weight }, index) => ({ index, at: -Math.log(1 - random()) / weight }))
    .sort((a, b) => a.at - b.at)
    .map(({ index }) => index)
}

const remembered = new WeakMap<Named, WeakMap<Candidate, Uint8Array>>()

/** In which sense each of a choice's names means a candidate. */
function sensesOf(choice: Named, candidate: Candidate): Uint8Array {
  let ofChoice = remembered.get(choice)
  if (ofChoice === undefined) remembered.set(choice, (ofChoice = new WeakMap()))
  const known = ofChoice.get(candidate)
  if (known !== undefined) return known
  const senses = Uint8Array.from(namesOf(choice), (name) => senseOf(name, candidate))
  ofChoice.set(candidate, senses)
  return senses
}
