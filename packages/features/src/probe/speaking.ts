import { setTimeout as pause } from 'node:timers/promises'
import { actor, type Actor, type Decision, type EffectKind, type View } from '@hearth/kernel'
import { HearthError, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type EffectTools } from '../feature.ts'

interface Speech {
  readonly turn: number
  readonly words: number
  readonly perSecond: number
  /** The first attempt fails after so many. */
  readonly failAfter: number | null
}

interface Speaker {
  readonly turns: number
  /** The one that was written last, for the view. */
  readonly last: { readonly turn: number; readonly text: string | null }
}

type SpeakerEvent =
  | { readonly type: 'speaker.asked'; readonly turn: number }
  | { readonly type: 'speaker.spoke'; readonly turn: number; readonly text: string }

type SpeakCommand = { readonly type: 'speak' } & Omit<Speech, 'turn'>

const spokenView: View<Speaker, SpeakerEvent> = {
  name: 'probe_spoken',
  version: 1,
  columns: { turn: 'bigint', text: 'text' },
  project: ({ last }) => [{ type: 'put', key: String(last.turn).padStart(9, '0'), row: { ...last } }],
}

const speaker = actor<Speaker, SpeakCommand, SpeakerEvent>({
  kind: 'speaker',
  personal: true,
  initial: { turns: 0, last: { turn: 0, text: null } },
  shape: 1,
  events: { 'speaker.asked': [], 'speaker.spoke': [] },
  decide: ({ turns }, { words, perSecond, failAfter }): Decision<SpeakerEvent> => {
    const turn = turns + 1
    const request = { turn, words, perSecond, failAfter }
    return {
      type: 'accept',
      events: [{ type: 'speaker.asked', turn }],
      asks: [{ kind: 'probe-speak', request }],
      answer: { turn: String(turn) },
    }
  },
  settle: ({ turns }, { outcome }) => {
    const said = outcome.type === 'done' ? (outcome.value as { turn: number; text: string }) : { turn: turns, text: '' }
    return { type: 'accept', events: [{ type: 'speaker.spoke', ...said }] }
  },
  evolve: (state, event) =>
    event.type === 'speaker.asked'
      ? { turns: event.turn, last: { turn: event.turn, text: null } }
      : { ...state, last: { turn: event.turn, text: event.text } },
  views: [spokenView],
})

const homeOf = (stream: string): string => `probe:${stream}`

const speak = operation({
  name: 'probe.speak',
  type: 'command',
  summary: 'Begin a turn whose one step says so many words, so fast: a load of live parts to measure with.',
  input: z.strictObject({
    stream: schema.id(),
    words: z.int().min(1).max(10_000),
    perSecond: z.int().min(1).max(1_000),
    failAfter: z.int().min(0).max(10_000).optional(),
  }),
  output: z.object({ turn: z.string() }),
  permission: 'probe.write',
  reach: 'tenant',
  consequence: 'own',
  path: { method: 'POST', path: '/probe/speeches' },
  examples: [{ title: 'Twenty words in a second', input: { stream: 'a', words: 20, perSecond: 20 } }],
  command: ({ stream, failAfter = null, ...speech }, { principal: { tenant } }) => ({
    address: { tenant, home: homeOf(stream), kind: 'speaker', id: stream },
    command: { type: 'speak', failAfter, ...speech },
  }),
})

const say = operation({
  name: 'probe.say',
  type: 'read',
  summary: 'Say so many words, so fast, to whoever waits: parts of a call to measure with.',
  input: z.strictObject({ words: z.int().min(1).max(10_000), perSecond: z.int().min(1).max(1_000) }),
  output: z.object({ text: z.string() }),
  permission: 'probe.write',
  consequence: 'own',
  path: { method: 'POST', path: '/probe/sayings' },
  examples: [{ title: 'Two words', input: { words: 2, perSecond: 20 } }],
  read: async (asked, caller) => {
    const { tenant, home } = caller.principal
    const address = { tenant, home, kind: 'speaker', id: 'aloud' }
    const ended = await caller.attach({ kind: 'probe-speak', address, request: { turn: 0, failAfter: null, ...asked } })
    if (ended.type !== 'done') throw new HearthError('probe.silent', 'It could not be said to its end.')
    return { text: (ended.value as { readonly text: string }).text }
  },
})

const spoken = operation({
  name: 'probe.spoken',
  type: 'read',
  summary: 'List the turns of a stream, the last first; watched, it tells what they say while they do.',
  input: z.strictObject({ home: schema.home().describe('probe: and the name of the stream'), stream: schema.id() }),
  output: z.object({ items: z.array(z.object({ turn: z.string(), text: z.string().nullable() })) }),
  permission: 'probe.read',
  consequence: 'read',
  path: { method: 'GET', path: '/probe/speeches' },
  examples: [{ title: 'One stream', input: { home: 'probe:a', stream: 'a' } }],
  watches: [spokenView],
  hears: ({ stream }) => ({ kind: 'speaker', id: stream }),
  read: async ({ home }, { principal, read }) => {
    const { tenant, home: own } = principal
    const rows = await read.rows(spokenView, { tenant, home: home ?? own, backwards: true, limit: 20 })
    return { items: rows.map((row) => ({ turn: String(row['turn']), text: row['text'] as string | null })) }
  },
})

const speech = ({ turn: turnOf }: EffectTools): EffectKind => ({
  kind: 'probe-speak',
  delivery: 'idempotent',
  concurrency: 10_000,
  timeoutMs: 900_000,
  backoffMs: (next) => (next > 3 ? null : 100),
  run: async (request, attempt) => {
    const { turn, words, perSecond, failAfter } = request as unknown as Speech
    using telling = turnOf(attempt, String(turn))
    let text = ''
    const began = performance.now()
    for (let word = 0; word < words; word += 1) {
      if (attempt.attempt === 1 && word === failAfter) return { type: 'retryable', reason: 'it was asked to fail' }
      const wait = began + (word * 1000) / perSecond - performance.now()
      if (wait > 0) await pause(wait, undefined, { signal: attempt.signal })
      const delta = `word${word} `
      text += delta
      telling.text(delta)
    }
    return { type: 'done', value: { turn, text } }
  },
})

export const speaking = {
  actors: [speaker as Actor],
  views: [spokenView],
  operations: [speak, say, spoken],
  errors: { 'probe.silent': { status: 503, title: 'It was cut short' } },
  effects: (tools: EffectTools) => [speech(tools)],
} as const
