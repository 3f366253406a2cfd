// shows: A1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { builtIn } from '../../src/gateway/deployments.ts'
import type { ProviderManifest } from '../../src/provider.ts'
import { providers } from '../../src/providers/index.ts'
import { applies } from './conformance/case.ts'
import { providerCases } from './conformance/index.ts'
import { createUpstream } from './conformance/upstream.ts'
import { presetSubjects } from './preset-subjects.ts'
import { subjects } from './subjects.ts'

for (const subject of subjects)
  for (const one of providerCases.filter((known) => applies(known, subject)))
    test(`${subject.name}: ${one.group}: ${one.name}`, async () => {
      await using upstream = await createUpstream()
      await one.run({ subject, upstream })
    })

test('every ability that a provider claims is shown by a subject of its kind, or of which it is a preset', () => {
  const general = subjects.filter(({ manifest }) => manifest.kind === 'openai-compatible')
  // What is asked over no network has cases of its own.
  const asked = ({ kind, inspect }: ProviderManifest): boolean =>
    inspect === undefined && !builtIn.some((own) => own.kind === kind)
  for (const manifest of providers.filter(asked)) {
    const own = [...subjects, ...presetSubjects].filter((subject) => subject.manifest === manifest)
    // What is only known by documentation is of a protocol that others show.
    const by = manifest.traffic?.type === 'unseen' && own.length === 0 ? general : own
    const shown = new Set(by.flatMap(({ abilities }) => [...abilities]))
    assert.deepEqual(
      manifest.abilities?.filter((ability) => !shown.has(ability)),
      [],
      manifest.kind,
    )
    if (manifest.does.includes('embed'))
      assert.ok(
        by.some(({ embedding }) => embedding !== undefined),
        manifest.kind,
      )
  }
})
