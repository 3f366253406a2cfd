// shows: A1
import { test } from 'node:test'
import { applies } from './conformance/case.ts'
import { providerCases } from './conformance/index.ts'
import { createUpstream } from './conformance/upstream.ts'
import { presetSubjects } from './preset-subjects.ts'

/** What looks at no recording shows nothing of a preset that its protocol does not show. */
const ofAnyServer = new Set(['answers without end', 'stopping'])

for (const subject of presetSubjects)
  for (const one of providerCases.filter((known) => applies(known, subject) && !ofAnyServer.has(known.group)))
    test(`${subject.name}: ${one.group}: ${one.name}`, async () => {
      await using upstream = await createUpstream()
      await one.run({ subject, upstream })
    })
