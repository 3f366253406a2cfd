import type { ModelFailure } from '../../failure.ts'
import type { ChatCall, FinishReason } from '../../language.ts'
import { textOf } from '../demo/answering.ts'

/** What a scripted model says: data, so that it can be kept, sent and compared. */
export interface Script {
  /** The first that fits a call and has not been played out is played. */
  readonly scenes: readonly Scene[]
}

export interface Scene {
  /** Which calls it is for: those in whose last words of the user this stands. Without it: any. */
  readonly when?: string | { readonly pattern: string }
  /** The model that is asked. Without it: any. */
  readonly model?: string
  /** How often it is played: once without it. */
  readonly times?: number | 'always'
  readonly beats: readonly Beat[]
}

/**
 * `call`: the pieces make its input. `wait` goes by the clock. `fail` ends the answer with the failure, `lost` as a connection does that
 * goes away, `garbage` as something does that nobody can read. `endless` goes on until nobody waits for it. `finish`, where it is not
 * there, comes at the end by itself.
 */
export type Beat =
  | { readonly type: 'text'; readonly pieces: readonly string[] }
  | { readonly type: 'reasoning'; readonly pieces: readonly string[] }
  | { readonly type: 'call'; readonly name: string; readonly pieces: readonly string[]; readonly id?: string }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'fail'; readonly failure: ModelFailure }
  | { readonly type: 'lost' }
  | { readonly type: 'garbage' }
  | { readonly type: 'endless'; readonly piece: string }
  | { readonly type: 'finish'; readonly reason?: FinishReason['unified']; readonly usage?: ScriptedUsage }

export interface ScriptedUsage {
  readonly input: number
  readonly output: number
  readonly cached?: number
  readonly reasoning?: number
}

/** Finds the scenes for calls, each as often as it may be played. */
export function casting({ scenes }: Script): (model: string, call: ChatCall) => Scene | null {
  const played = new Map<Scene, number>()
  return (model, call) => {
    const said = textOf(call.prompt.findLast(({ role }) => role === 'user'))
    const scene = scenes.find((one) => fits(one, model, said) && (played.get(one) ?? 0) < timesOf(one))
    if (scene === undefined) return null
    played.set(scene, (played.get(scene) ?? 0) + 1)
    return scene
  }
}

const timesOf = ({ times = 1 }: Scene): number => (times === 'always' ? Infinity : times)

function fits({ when, model }: Scene, asked: string, said: string): boolean {
  if (model !== undefined && model !== asked) return false
  if (when === undefined) return true
  return typeof when === 'string' ? said.includes(when) : new RegExp(when.pattern, 'u').test(said)
}
