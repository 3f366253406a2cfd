import { hashOf } from '../caches/key.ts'
import type { ProviderEntry } from '../gateway/setting.ts'
import type { Tried } from '../gateway/tried.ts'
import type { Trying } from '../gateway/trying.ts'
import type { BatchBounds } from '../provider.ts'
import { Group, type AskTogether } from './group.ts'
import type { Member } from './members.ts'

/** Texts that come at about the same time for one model go to it in one request. */
export interface Batches {
  ask(trying: Trying, how: HowToAsk): Promise<Tried>
}

export interface HowToAsk {
  readonly headers: Member['headers']
  readonly alone: () => Promise<Tried>
  readonly together: AskTogether
  /** Whether bytes may go on unread, which makes another request of the same words. */
  readonly trusts: boolean
}

/** What any provider takes that does not say how much it does. */
const usual: BatchBounds = { inputs: 32, tokens: 8_000 }
/** To read the answer to more texts than these holds up everybody else. */
const mostInputs = 256

export function createBatches(): Batches {
  /** By entry, so that nothing of one tenant goes out with anything of another. */
  const ofEntries = new WeakMap<ProviderEntry, Map<string, Group>>()

  const groupOf = ({ deployment, exchange, key }: Trying, trusts: boolean): Group => {
    const { entry, manifest, model } = deployment
    const groups = ofEntries.get(entry) ?? new Map<string, Group>()
    ofEntries.set(entry, groups)
    const { input: _input, model: _model, ...rest } = exchange.json
    const name = hashOf([model, key ?? null, trusts, exchange.dialect, rest])
    const { inputs, tokens } = manifest.batch ?? usual
    const known = groups.get(name)
    const group = known ?? new Group({ inputs: Math.min(inputs, mostInputs), tokens }, () => void groups.delete(name))
    if (known === undefined) groups.set(name, group)
    return group
  }

  return {
    ask: (trying, { headers, alone, together, trusts }) => {
      const texts = textsIn(trying.exchange.json)
      if (texts === null) return alone()
      return groupOf(trying, trusts).ask({ trying, texts, headers, alone }, together)
    },
  }
}

/** Null where it is tokens, or nothing that could be told apart afterwards. */
function textsIn({ input }: Trying['exchange']['json']): readonly string[] | null {
  if (typeof input === 'string') return input === '' ? null : [input]
  if (!Array.isArray(input) || input.length === 0) return null
  return input.every((one) => typeof one === 'string' && one !== '') ? (input as readonly string[]) : null
}
