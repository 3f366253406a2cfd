import type { EffectTools } from '@hearth/features'
import type { Json } from '@hearth/protocol'

/** A database that is away must not keep a server from stopping. */
const lastTasksMs = 1_000

/** What features leave with the process that they run in, to be done or read at its time. */
export interface FeatureHooks {
  readonly tools: Pick<EffectTools, 'beforeEnd' | 'expose' | 'news'>
  /** Once; waits no longer than a second. */
  doLastTasks(): Promise<void>
  lines(): string
  hearNews(topic: string, body: Json): void
}

/** `tellNews`: to the other processes of this server, where there are any. */
export function createFeatureHooks(tellNews: EffectTools['news']['tell'] = () => undefined): FeatureHooks {
  const lastTasks: (() => Promise<void>)[] = []
  const exposed: (() => string)[] = []
  const listeners = new Map<string, (body: Json) => void>()
  return {
    tools: {
      beforeEnd: (task) => void lastTasks.push(task),
      expose: (lines) => void exposed.push(lines),
      news: { tell: tellNews, hear: (topic, listen) => void listeners.set(topic, listen) },
    },
    doLastTasks: async () => {
      const done = Promise.allSettled(lastTasks.splice(0).map((task) => task()))
      await Promise.race([done, new Promise((resolve) => setTimeout(resolve, lastTasksMs).unref())])
    },
    lines: () => exposed.map((lines) => lines()).join(''),
    hearNews: (topic, body) => listeners.get(topic)?.(body),
  }
}
