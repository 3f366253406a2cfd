import type { EffectKind } from '@hearth/kernel'
import { allows, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type EffectTools, type Feature } from '../feature.ts'
import { probe, probeView } from './actor.ts'
import { speaking } from './speaking.ts'

const isEffect = (value: string): boolean => value === 'none' || /^https?:$/.test(URL.parse(value)?.protocol ?? '')

const record = operation({
  name: 'probe.record',
  type: 'command',
  summary: 'Write events, one view row and one effect to a stream: a load to measure with.',
  input: z.strictObject({
    stream: schema.id(),
    events: z.int().min(1).max(100),
    effect: z.string().max(2000).refine(isEffect, { error: 'must be none or an http address' }).optional(),
  }),
  output: z.object({ count: z.int() }),
  permission: 'probe.write',
  reach: 'tenant',
  consequence: 'own',
  path: { method: 'POST', path: '/probe' },
  examples: [{ title: 'Three events', input: { stream: 'a', events: 3 } }],
  command: async ({ stream, events, effect = 'none' }, caller) => {
    if (effect !== 'none') await caller.assertReachable(new URL(effect))
    return {
      address: { tenant: caller.principal.tenant, home: `probe:${stream}`, kind: 'probe', id: stream },
      command: {
        type: 'record',
        events,
        url: effect === 'none' ? null : effect,
        allowPrivate: allows(caller.principal, 'network.private'),
      },
    }
  },
})

const read = operation({
  name: 'probe.read',
  type: 'read',
  summary: 'Count the events and settled effects of one stream or of all.',
  input: z.strictObject({ stream: schema.id().optional() }),
  output: z.object({ count: z.int(), settled: z.int() }),
  permission: 'probe.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/probe' },
  examples: [{ title: 'All streams', input: {} }],
  read: async ({ stream }, { principal: { tenant }, read }) => {
    if (stream !== undefined) {
      const [row] = await read.rows(probeView, { tenant, home: `probe:${stream}`, key: stream, limit: 1 })
      return { count: Number(row?.['count'] ?? 0), settled: Number(row?.['settled'] ?? 0) }
    }
    const [count = 0, settled = 0] = await read.sum(probeView, tenant, ['count', 'settled'])
    return { count, settled }
  },
})

const none: EffectKind = {
  kind: 'none',
  delivery: 'idempotent',
  concurrency: 1_000_000,
  timeoutMs: 1000,
  backoffMs: () => null,
  run: () => Promise.resolve({ type: 'done', value: null }),
}

const post = ({ egress, traceparent }: EffectTools): EffectKind => ({
  kind: 'probe-post',
  delivery: 'idempotent',
  concurrency: 64,
  timeoutMs: 10_000,
  backoffMs: (next) => (next > 8 ? null : 250 * 2 ** next),
  run: async (request, attempt) => {
    const { id, signal } = attempt
    const { url, allowPrivate } = request as { readonly url: string; readonly allowPrivate: boolean }
    const trace = traceparent(attempt)
    const headers = {
      'content-type': 'application/json',
      'idempotency-key': id,
      ...(trace === undefined ? {} : { traceparent: trace }),
    }
    const { status } = await egress.post({
      url,
      headers,
      body: JSON.stringify({ id }),
      allowPrivate,
      signal,
    })
    return status < 300 ? { type: 'done', value: status } : { type: 'retryable', reason: `answered ${status}` }
  },
})

export const feature: Feature = {
  name: 'probe',
  optional: true,
  actors: [probe, ...speaking.actors],
  views: [probeView, ...speaking.views],
  operations: [record, read, ...speaking.operations],
  errors: speaking.errors,
  effects: (tools) => [none, post(tools), ...speaking.effects(tools)],
}
