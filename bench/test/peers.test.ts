import assert from 'node:assert/strict'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, test } from 'node:test'
import type { ClusterRecipe } from '../src/baseline/cluster.ts'
import { startHearth } from '../src/hearth.ts'
import { measure } from '../src/kernel/measure.ts'
import type { Target } from '../src/kernel/measure.ts'
import { peers } from '../src/peers/peers.ts'
import { hearthStore } from '../src/store.ts'
import { openWorkplace } from '../src/workplace.ts'
import type { Workplace } from '../src/workplace.ts'

let workplace: Workplace
let recipe: ClusterRecipe

before(async () => {
  workplace = await openWorkplace()
  await using hearth = await startHearth(workplace.folder)
  const { program, data } = hearth.postgres
  workplace.alsoRemove(data)
  await using store = hearthStore(hearth)
  recipe = { program, likeData: data, settings: await store.settings() }
})

after(() => workplace[Symbol.asyncDispose]())

const record = (target: Target, key: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${target.port}${target.path.replace('{{stream}}', 'twice')}`, {
    method: 'POST',
    headers: { ...target.headers, 'idempotency-key': key },
    body: JSON.stringify({ stream: 'twice', events: 3 }),
  })

for (const peer of peers) {
  test(`${peer.name}: what it acknowledged is there and settled, and one key writes once`, async (context) => {
    const place = join(workplace.folder, peer.name.replaceAll(/\W+/g, '-'))
    const started = await peer.start(place, recipe)
    if ('absent' in started) return context.skip(started.absent)
    await using target = started
    const phase = { length: 0.5, keys: true, connections: 8, streams: 100 }
    const { acknowledged, figures, trouble } = await measure(target, phase)
    assert.deepEqual(trouble, [])
    assert.ok(acknowledged > 0)
    assert.equal(await target.store.events(), acknowledged * 3)
    assert.equal(await target.settled?.(), acknowledged)
    for (const name of ['acknowledgedPerSecond', 'settledPerSecond', 'p99Ms', 'loopDelayP99Ms'])
      assert.equal(typeof figures[name], 'number', name)
    for (const answer of [await record(target, 'one'), await record(target, 'one'), await record(target, 'two')])
      assert.equal(answer.status, 200)
    while ((await target.owed?.()) !== 0) await sleep(20)
    assert.equal(await target.store.events(), (acknowledged + 2) * 3)
  })
}
