import { chance, type Chance } from '../soak/random.ts'
import type { DeskCommand } from './desk.ts'
import { fairWeather, type LogWeather } from './faulty-log.ts'

export type Trouble =
  | { readonly type: 'crash'; readonly at: number; readonly downMs: number }
  | { readonly type: 'crash-at-boundary'; readonly at: number; readonly boundaries: number; readonly downMs: number }
  /** `hurryMs`: how long what may be run again is waited for. */
  | { readonly type: 'restart'; readonly at: number; readonly hurryMs?: number }
  /** Nodes that take all from one another, one every so many milliseconds, while those before live on. */
  | { readonly type: 'duel'; readonly at: number; readonly rounds: number; readonly everyMs: number }
  | { readonly type: 'rival'; readonly at: number; readonly oldLivesMs: number }
  | { readonly type: 'jump'; readonly at: number; readonly byMs: number; readonly forMs: number | null }
  | { readonly type: 'weather'; readonly at: number; readonly forMs: number; readonly weather: LogWeather }

type Untold<C> = C extends DeskCommand ? Omit<C, 'token'> : never

export interface PlannedCommand {
  readonly at: number
  readonly home: string
  readonly kind: 'desk' | 'open-desk' | 'board'
  readonly token: string
  readonly command: Untold<DeskCommand> | { readonly type: 'write' }
  /** How far ahead of the clock an effect or a timer is due. */
  readonly ahead: number | null
  readonly keyed: boolean
  /** It goes to a server that may have been replaced, if one lives. */
  readonly toFormer: boolean
  /** It arrives so much later once more, under the same key. */
  readonly againMs: number | null
  /** The same key comes with another input afterwards. */
  readonly reused: boolean
}

export interface Plan {
  readonly seed: string
  readonly activeMs: number
  readonly lanes: number
  readonly settings: {
    readonly maxBatch: number
    readonly hotBytes: number
    readonly snapshotAfter: number
    readonly heldEffects: number
    readonly patienceMs: number
  }
  /** How often a result is told twice. */
  readonly told: { readonly twice: number; readonly lateMs: number }
  readonly weather: LogWeather
  readonly commands: readonly PlannedCommand[]
  readonly troubles: readonly Trouble[]
}

const activeMs = 12_000

export function planOf(seed: string): Plan {
  const draw = chance(seed, 'plan')
  const harsh = draw.happens(0.3)
  const homes = Array.from({ length: draw.whole(2, 5) }, (_, index) => `home-${index}`)
  return {
    seed,
    activeMs,
    lanes: draw.whole(1, 3),
    settings: {
      maxBatch: draw.pick([
        [1, 2],
        [2, 5],
        [2, 64],
      ]),
      hotBytes: draw.pick([
        [1, 2000],
        [1, 1_000_000],
      ]),
      snapshotAfter: chance(seed, 'snapshots').pick([
        [2, 2],
        [1, 100],
      ]),
      heldEffects: draw.pick([
        [1, 2],
        [1, 5],
        [1, 1000],
      ]),
      patienceMs: draw.pick([
        [1, 800],
        [1, 5000],
      ]),
    },
    told: {
      twice: draw.pick([
        [1, 0],
        [1, 0.3],
      ]),
      lateMs: draw.pick([
        [1, 0],
        [1, 300],
      ]),
    },
    weather: weatherOf(draw, harsh ? 0.04 : 0.006),
    commands: Array.from({ length: draw.whole(20, 70) }, (_, index) => commandOf(draw, index, homes)).concat(
      conversationOf(chance(seed, 'conversation'), homes),
      turnsOf(chance(seed, 'turns'), homes),
      forgettingsOf(chance(seed, 'forgetting'), homes),
    ),
    troubles: Array.from({ length: draw.whole(0, harsh ? 9 : 4) }, () => troubleOf(draw)).concat(
      struggleOf(chance(seed, 'struggle')),
    ),
  }
}

const weatherOf = (draw: Chance, rate: number): LogWeather => ({
  lost: draw.between(0, rate),
  unanswered: draw.between(0, rate),
  late: draw.between(0, rate),
  hangs: draw.happens(0.3) ? draw.between(0, rate / 4) : 0,
  refused: draw.between(0, rate),
  slowMs: draw.pick([
    [3, 2],
    [2, 20],
    [1, 300],
  ]),
})

function commandOf(draw: Chance, index: number, homes: readonly string[]): PlannedCommand {
  const token = `t${index}`
  const keyed = draw.happens(0.6)
  const kind = draw.pick<PlannedCommand['kind']>([
    [6, 'desk'],
    [3, 'open-desk'],
    [1, 'board'],
  ])
  return {
    at: draw.between(0, activeMs * 0.8),
    home: draw.pick(homes.map((home) => [1, home] as const)),
    kind,
    token,
    command: kind === 'board' ? { type: 'write' } : deskCommandOf(draw),
    ahead: draw.happens(0.5) ? null : draw.whole(-500, 6000),
    keyed,
    toFormer: draw.happens(0.2),
    againMs:
      keyed && draw.happens(0.4)
        ? draw.pick([
            [1, 0],
            [1, 3],
            [2, draw.between(0, 4000)],
          ])
        : null,
    reused: keyed && draw.happens(0.15),
  }
}

const deskCommandOf = (draw: Chance): PlannedCommand['command'] =>
  draw.pick<PlannedCommand['command']>([
    [20, { type: 'note', times: draw.whole(1, 4), word: 'word' }],
    [1, { type: 'note', times: 1, word: 'poi\u0000son' }],
    [14, { type: 'call', due: null, of: 'call' }],
    [5, { type: 'call', due: null, of: 'look' }],
    [5, { type: 'call', due: null, of: 'risk' }],
    [3, { type: 'call', due: null, of: 'long' }],
    [20, { type: 'time', due: 0 }],
    [10, { type: 'cancel' }],
    [8, { type: 'look' }],
    [5, { type: 'refuse' }],
    [6, { type: 'fail' }],
  ])

/** What desks say to one another, drawn apart: the rest of a seed's plan is what it was before they could. */
function conversationOf(draw: Chance, homes: readonly string[]): PlannedCommand[] {
  const [first = '', second = ''] = homes
  return Array.from({ length: draw.whole(4, 16) }, (_, index) => ({
    at: draw.between(0, activeMs * 0.8),
    home: draw.pick(homes.map((home) => [1, home] as const)),
    kind: draw.happens(0.5) ? 'desk' : 'open-desk',
    token: `u${index}`,
    command: draw.pick<PlannedCommand['command']>([
      [3, { type: 'pass', rounds: draw.whole(1, 5), refused: draw.happens(0.3) }],
      [
        4,
        {
          type: 'ask',
          home: draw.happens(0.5) ? first : second,
          timeoutMs: draw.pick([
            [3, draw.whole(1, 60)],
            [2, draw.whole(1, 4000)],
          ]),
          refused: draw.happens(0.2),
        },
      ],
    ]),
    ahead: null,
    keyed: draw.happens(0.6),
    toFormer: draw.happens(0.2),
    againMs: null,
    reused: false,
  }))
}

function troubleOf(draw: Chance): Trouble {
  const at = draw.between(0, activeMs)
  return draw.pick<() => Trouble>([
    [3, () => ({ type: 'crash', at, downMs: draw.between(1, 1500) })],
    [3, () => ({ type: 'crash-at-boundary', at, boundaries: draw.whole(0, 12), downMs: draw.between(1, 1500) })],
    [1, () => ({ type: 'restart', at })],
    [2, () => ({ type: 'rival', at, oldLivesMs: draw.between(0, 4000) })],
    [
      2,
      () => ({
        type: 'jump',
        at,
        byMs: draw.whole(-120_000, 120_000),
        forMs: draw.happens(0.6) ? draw.between(0, 3000) : null,
      }),
    ],
    [2, () => ({ type: 'weather', at, forMs: draw.between(50, 3000), weather: stormOf(draw) })],
  ])()
}

/** Hand-overs and takings by force, drawn apart as well. */
function struggleOf(draw: Chance): Trouble[] {
  const at = draw.between(0, activeMs * 0.9)
  if (draw.happens(0.25))
    return [
      {
        type: 'duel',
        at,
        rounds: draw.whole(2, 6),
        everyMs: draw.pick([
          [1, 5],
          [2, 60],
          [1, 600],
        ]),
      },
    ]
  return draw.happens(0.3) ? [{ type: 'restart', at, hurryMs: draw.whole(0, 800) }] : []
}

const stormOf = (draw: Chance): LogWeather =>
  draw.pick([
    [1, { ...fairWeather, lost: 1 }],
    [1, { ...fairWeather, refused: 1 }],
    [1, { ...fairWeather, unanswered: 0.5, late: 0.3, lost: 0.1 }],
    [1, { ...fairWeather, slowMs: 1500 }],
    [1, { ...fairWeather, hangs: 0.5 }],
  ])

/** Calls that run one by one, drawn apart too. */
const turnsOf = (draw: Chance, homes: readonly string[]): PlannedCommand[] =>
  Array.from({ length: draw.whole(0, 12) }, (_, index) => {
    const command = commandOf(draw, index, homes)
    const kind = command.kind === 'board' ? 'desk' : command.kind
    return { ...command, kind, token: `o${index}`, command: { type: 'call', due: null, of: 'turn' }, ahead: null }
  })

/** In every other run somebody is forgotten, or several are, some of them twice. */
const forgettingsOf = (draw: Chance, homes: readonly string[]): PlannedCommand[] =>
  Array.from({ length: draw.happens(0.5) ? draw.whole(1, 3) : 0 }, (_, index) => ({
    ...commandOf(draw, index, homes),
    kind: 'open-desk',
    token: `f${index}`,
    command: { type: 'forget' },
    ahead: null,
  }))
