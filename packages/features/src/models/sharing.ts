import type { Gateway, Summary } from '@hearth/models'
import type { EffectTools, Json } from '../feature.ts'

const topic = 'model-health'
/** Less than the shortest rest of what fails. */
const everyMs = 250

interface Told {
  readonly from: string
  readonly tenant: string
  readonly summary: Summary
}

export interface HealthSharing {
  /** Calls of this tenant have ended: what was seen of its deployments is news. */
  saw(tenant: string): void
  /** How many make calls at the moment, this one included. */
  processes(): number
}

/** Who has told nothing for so long makes no calls. */
const silentMs = 10_000

/** What one process sees of a deployment the others know within seconds: that it fails, what it still takes, whose key rests. */
export function shareHealth(
  { news }: Pick<EffectTools, 'news'>,
  gateway: () => Pick<Gateway, 'healthOf'>,
  from: string,
): HealthSharing {
  const others = new Map<string, number>()
  const changed = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  news.hear(topic, (body) => {
    const { from: other, tenant, summary } = body as unknown as Told
    others.set(other, performance.now())
    gateway().healthOf(tenant).absorb(summary)
  })
  const tell = (): void => {
    timer = undefined
    for (const tenant of changed) {
      const told: Told = { from, tenant, summary: gateway().healthOf(tenant).summary() }
      news.tell(topic, told as unknown as Json)
    }
    changed.clear()
  }
  return {
    saw: (tenant) => {
      changed.add(tenant)
      timer ??= setTimeout(tell, everyMs).unref()
    },
    processes: () => {
      const since = performance.now() - silentMs
      for (const [other, at] of others) if (at < since) others.delete(other)
      return 1 + others.size
    },
  }
}
