import { formatEffectId, type AttemptResult, parseEffectId, type EffectKind } from '@hearth/kernel'
import { chance, type Chance } from '../soak/random.ts'
import type { CallKind } from './desk.ts'
import type { Model, NodeSeen } from './model/model.ts'
import type { Timeline } from './timeline.ts'

interface World {
  readonly seed: string
  readonly timeline: Timeline
  readonly model: Model
  readonly isCalm: () => boolean
  readonly trace: (what: string) => void
  /** What the other side of `look` has taken in, by effect: it lives on when a process ends. */
  readonly taken: Map<string, string>
  readonly fault: (what: string) => void
}

export const timeoutMs = 2500
/** Within so much time a call has reached the other side, or never does. */
const onItsWayMs = 1500

const deliveries = {
  call: 'idempotent',
  look: 'reconcilable',
  risk: 'unsafe',
  long: 'idempotent',
  turn: 'idempotent',
} as const

/** The world outside: answers at some time, somehow, or not at all. */
export function callKind(kind: CallKind, world: World, node: NodeSeen, isAlive: () => boolean): EffectKind {
  const runs = new Map<string, number>()
  const isLong = kind === 'long'
  const limitMs = isLong ? 100_000 : timeoutMs
  return {
    kind,
    delivery: deliveries[kind],
    concurrency: 4,
    groupConcurrency: 2,
    leased: isLong,
    group: (request) => String((request as { readonly token: string }).token).slice(-1),
    timeoutMs: limitMs,
    backoffMs: (next) => (next > 4 ? null : 50 * 2 ** next),
    ...(kind === 'look' ? { look: (_request, { id }) => lookFor(world, id) } : {}),
    run: (request, { id, attempt, signal }) => {
      const effect = { ...parseEffectId(id), attempt, kind }
      const { token } = request as { readonly token: string }
      const run = (runs.get(id) ?? 0) + 1
      runs.set(id, run)
      world.trace(`${node.name} starts ${kind} ${id} #${attempt} for ${token}`)
      world.model.starts(node, effect, token)
      const draw = chance(world.seed, `${node.name} ${id} ${attempt} ${run}`)
      const name = `${formatEffectId(effect)}#${attempt} by ${node.name} ${run}`
      const end = endOf(draw.next(), name, token, world.isCalm())
      const takes = takesOf(draw, isLong, world.isCalm())
      const isLate = takes > limitMs
      if (kind === 'look' && end.type === 'done') arrives(world, id, String(end.value), Math.min(takes, onItsWayMs))
      return new Promise<AttemptResult>((resolve, reject) => {
        if (isLate)
          world.model.ends(node, effect, {
            attempt,
            ended: 'failed',
            result: `no answer within ${limitMs} ms`,
            isSure: false,
          })
        if (isLong) signal.addEventListener('abort', () => world.model.ends(node, effect, cutShort(attempt)))
        world.timeline.in(takes, () => {
          if (!isAlive() || isLate || signal.aborted) return
          const ended = end.type === 'done' ? 'done' : 'failed'
          const result = end.type === 'done' ? String(end.value) : end.reason
          world.trace(`${node.name} ends ${id} #${attempt}: ${result.replace('\u0000', '\\0')}`)
          const throws = end.type === 'retryable' && draw.happens(0.5)
          world.model.ends(node, effect, { attempt, ended, result, isSure: !throws })
          if (throws) reject(new Error(end.reason))
          else resolve(end)
        })
      })
    },
  }
}

const cutShort = (attempt: number) => ({ attempt, ended: 'failed', result: 'cut', isSure: false }) as const

function takesOf(draw: Chance, isLong: boolean, isCalm: boolean): number {
  if (isLong) return draw.between(0, 45_000)
  return draw.pick([
    [6, draw.between(0, 80)],
    [2, draw.between(0, onItsWayMs)],
    [isCalm ? 0 : 1, timeoutMs * 2],
  ])
}

/** The call is on its way: it arrives whatever becomes of the process that sent it. */
function arrives(world: World, id: string, value: string, afterMs: number): void {
  world.timeline.in(afterMs, () => {
    if (world.taken.has(id)) world.fault(`${id} was made twice, and could have been looked for`)
    world.taken.set(id, value)
  })
}

async function lookFor(
  { taken, trace, isCalm, seed, model }: World,
  id: string,
): ReturnType<NonNullable<EffectKind['look']>> {
  await Promise.resolve()
  const value = taken.get(id)
  trace(`looks for ${id}: ${value === undefined ? 'not there' : 'there'}`)
  if (!isCalm() && chance(seed, `look ${id} ${taken.size}`).happens(0.2))
    return { type: 'unknown', reason: 'it is away' }
  if (value === undefined) return { type: 'not-made' }
  model.found(parseEffectId(id), value)
  return { type: 'made', value }
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
