import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Upstream } from '../upstream/upstream.ts'
import type { Gateway, RunningGateway } from './gateway.ts'
import { litellm } from './litellm.ts'
import { oneApi } from './one-api.ts'
import { portkey } from './portkey/portkey.ts'

export const peers: readonly Gateway[] = [portkey, litellm, oneApi]

export interface StartedPeers extends AsyncDisposable {
  readonly running: ReadonlyMap<string, RunningGateway>
  readonly absent: ReadonlyMap<string, string>
  /** One that failed is still at it: it would take the machine from those whose turn is next. */
  readonly stop: (name: string) => Promise<void>
}

/** All of them, each in a folder of its own; one that does not run is absent, with its reason. */
export async function startPeers(
  which: readonly Gateway[],
  folder: string,
  upstream: Upstream,
  say: (line: string) => void,
): Promise<StartedPeers> {
  await using stack = new AsyncDisposableStack()
  const stopped = new Set<string>()
  const running = new Map<string, RunningGateway>()
  const absent = new Map<string, string>()
  const stop = async (name: string): Promise<void> => {
    if (stopped.has(name)) return
    stopped.add(name)
    await running.get(name)?.[Symbol.asyncDispose]()
  }
  for (const peer of which) {
    const place = join(folder, peer.name)
    await mkdir(place, { mode: 0o711 })
    say(`${peer.name}: starting`)
    try {
      const started = await peer.start(place, upstream)
      if ('absent' in started) absent.set(peer.name, started.absent)
      else {
        running.set(peer.name, started)
        stack.defer(() => stop(peer.name))
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      absent.set(peer.name, `it should have started, and did not: ${reason}`)
    }
    if (absent.has(peer.name)) say(`${peer.name}: ${absent.get(peer.name)}`)
  }
  const owned = stack.move()
  return { running, absent, stop, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
