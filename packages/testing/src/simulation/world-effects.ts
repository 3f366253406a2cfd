import { formatEffectId, type AttemptResult, parseEffectId, type EffectKind } from '@hearth/kernel'
import { chance } from '../soak/random.ts'
import type { Model, NodeSeen } from './model/model.ts'
import type { Timeline } from './timeline.ts'

interface World {
  readonly seed: string
  readonly timeline: Timeline
  readonly model: Model
  readonly isCalm: () => boolean
  readonly trace: (what: string) => void
}

export const timeoutMs = 2500

/** The world outside: answers at some time, somehow, or not at all. */
export function callKind(world: World, node: NodeSeen, isAlive: () => boolean): EffectKind {
  const runs = new Map<string, number>()
  return {
    kind: 'call',
    delivery: 'idempotent',
    concurrency: 4,
    groupConcurrency: 2,
    group: (request) => String((request as { readonly token: string }).token).slice(-1),
    timeoutMs,
    backoffMs: (next) => (next > 4 ? null : 50 * 2 ** next),
    run: (request, { id, attempt }) => {
      const effect = { ...parseEffectId(id), attempt }
      const { token } = request as { readonly token: string }
      const run = (runs.get(id) ?? 0) + 1
      runs.set(id, run)
      world.trace(`${node.name} starts ${id} #${attempt} for ${token}`)
      world.model.starts(node, effect, token)
      const draw = chance(world.seed, `${node.name} ${id} ${attempt} ${run}`)
      const name = `${formatEffectId(effect)}#${attempt} by ${node.name} ${run}`
      const end = endOf(draw.next(), name, token, world.isCalm())
      return new Promise<AttemptResult>((resolve, reject) => {
        const takes = draw.pick([
          [6, draw.between(0, 80)],
          [2, draw.between(0, 2000)],
          [world.isCalm() ? 0 : 1, timeoutMs * 2],
        ])
        if (takes > timeoutMs)
          world.model.ends(effect, { attempt, ended: 'failed', result: `no answer within ${timeoutMs} ms` })
        world.timeline.in(takes, () => {
          if (!isAlive() || takes > timeoutMs) return
          const ended = end.type === 'done' ? 'done' : 'failed'
          const result = end.type === 'done' ? String(end.value) : end.reason
          world.trace(`${node.name} ends ${id} #${attempt}: ${result.replace('\u0000', '\\0')}`)
          world.model.ends(effect, { attempt, ended, result })
          if (end.type === 'retryable' && draw.happens(0.5)) reject(new Error(end.reason))
          else resolve(end)
        })
      })
    },
  }
}

function endOf(draw: number, name: string, token: string, isCalm: boolean): AttemptResult {
  if (draw < 0.2 && !isCalm)
    return { type: 'retryable', reason: `${name} try again`, ...(draw < 0.05 ? { afterMs: 700 } : {}) }
  if (draw < 0.27) return { type: 'terminal', reason: `${name} never` }
  if (draw < 0.3) return { type: 'done', value: `${name} throw` }
  if (draw < 0.33) return { type: 'done', value: `${name} \u0000 poison` }
  if (draw < 0.45 && !token.endsWith('>>')) return { type: 'done', value: `${name} more` }
  return { type: 'done', value: `${name} well` }
}
