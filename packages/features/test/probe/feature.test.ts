import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attempt } from '@hearth/kernel'
import { feature } from '../../src/probe/feature.ts'

test('the effect of a probe may reach private addresses only when its caller may', async () => {
  const [record] = feature.operations
  const [actor] = feature.actors
  assert.ok(record?.type === 'command' && actor !== undefined)
  const posted: boolean[] = []
  const tools = {
    traceparent: () => undefined,
    egress: {
      post: ({ allowPrivate }: { readonly allowPrivate: boolean }) => {
        posted.push(allowPrivate)
        return Promise.resolve({ status: 204, retryAfterMs: null })
      },
    },
  }
  const kinds = feature.effects?.(tools as never) ?? []
  for (const scopes of [['*', 'network.private'], ['network.private', 'probe.write'], ['probe.write'], ['*']]) {
    const caller = {
      principal: { id: 'p', tenant: 'main', home: 'owner', scopes },
      assertReachable: () => Promise.resolve(),
    }
    const input = { stream: 'a', events: 1, effect: 'http://example.com/' }
    const { command } = await record.command(input, caller as never)
    const decision = actor.decide(actor.initial, command, {} as never)
    assert.ok(decision.type === 'accept')
    for (const { kind, request } of decision.asks ?? [])
      await kinds.find((one) => one.kind === kind)?.run(request, { id: '1.1.0' } as Attempt)
  }
  assert.deepEqual(posted, [true, true, false, false])
})
