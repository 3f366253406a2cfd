import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClusterRecipe } from '../baseline/cluster.ts'
import type { Target } from '../kernel/measure.ts'
import type { BenchResult, Figures } from '../result.ts'
import { benchFolder } from '../root.ts'
import { bullMq } from './bullmq/bullmq.ts'
import { dbos } from './dbos/dbos.ts'
import type { Peer } from './peer.ts'
import { pgBoss, pgBossTogether } from './pg-boss/pg-boss.ts'
import { restate } from './restate/restate.ts'

export const peers: readonly Peer[] = [dbos, restate, pgBoss, pgBossTogether, bullMq]

export interface Measured {
  readonly figures: Figures
  readonly acknowledged: number
  readonly verified: number
}

export interface PeersMeasured {
  readonly figures: BenchResult['peers']
  readonly settings: Readonly<Record<string, unknown>>
}

export interface PeersOptions {
  /** Why none of them is measured; null when they are. */
  readonly leftOut: string | null
  readonly folder: string
  readonly recipe: ClusterRecipe
  readonly say: (line: string) => void
  readonly signal: AbortSignal
  readonly measure: (name: string, target: Target) => Promise<Measured>
}

/** One after the other, each on a store of its own. One that does not run is absent, with its reason; one that loses anything fails all. */
export async function measurePeers(options: PeersOptions): Promise<PeersMeasured> {
  const figures: Record<string, BenchResult['peers'][string]> = {}
  const settings: Record<string, unknown> = { libraries: libraries() }
  for (const peer of peers) {
    const found = options.leftOut === null ? await measurePeer(peer, options) : { absent: options.leftOut }
    const { differs } = peer
    figures[peer.name] = 'absent' in found ? found : found.figures
    settings[peer.name] =
      'absent' in found
        ? { differs }
        : { differs, ...peer.settings, acknowledged: found.acknowledged, verified: found.verified }
  }
  return { figures, settings }
}

async function measurePeer(peer: Peer, options: PeersOptions): Promise<Measured | { readonly absent: string }> {
  const { folder, recipe, say, signal, measure } = options
  const place = join(folder, peer.name.replaceAll(/\W+/g, '-'))
  await mkdir(place, { mode: 0o711 })
  say(`${peer.name}: starting`)
  let counted: Measured & { readonly settled: number | undefined }
  try {
    const started = await peer.start(join(place, 'store'), recipe)
    if ('absent' in started) return started
    await using target = started
    const measured = await measure(peer.name, target)
    counted = { ...measured, settled: await target.settled?.() }
  } catch (error) {
    signal.throwIfAborted()
    const reason = error instanceof Error ? error.message : String(error)
    say(`${peer.name}: ${reason}`)
    return { absent: `it was started, and then: ${reason}` }
  }
  const { acknowledged, verified, settled } = counted
  if (acknowledged !== verified || acknowledged !== settled)
    throw new Error(`${peer.name} acknowledged ${acknowledged}, holds ${verified} and settled ${settled}.`)
  return counted
}

function libraries(): Readonly<Record<string, string>> {
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(benchFolder, 'package.json'), 'utf8'),
  ) as Record<string, Record<string, string>>
  return { ...dependencies, ...optionalDependencies }
}
