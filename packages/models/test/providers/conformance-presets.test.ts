// shows: A1
import { test } from 'node:test'
import { applies } from './conformance/case.ts'
import { providerCases } from './conformance/index.ts'
import { createUpstream } from './conformance/upstream.ts'
import { presetSubjects } from './preset-subjects.ts'

/** What looks at no recording shows nothing of a preset that its protocol does not show. */
const ofAnyServer = new Set(['answers without end', 'stopping'])

const isLong = process.env['HEARTH_TEST_LONG'] !== undefined
const skip = 'HEARTH_TEST_LONG is not set, as .ci/run does'
/** To bear a cut anywhere is what the reader does, which is the same for all: the one that was recorded shows it. */
const isOfReader = ({ group, name }: (typeof providerCases)[number]): boolean =>
  group === 'broken streams' || /\banywhere\b/.test(name)

for (const subject of presetSubjects)
  for (const one of providerCases.filter((known) => applies(known, subject) && !ofAnyServer.has(known.group))) {
    const isLeft = !isLong && isOfReader(one) && subject.manifest.traffic?.type !== 'recorded'
    test(`${subject.name}: ${one.group}: ${one.name}`, isLeft ? { skip } : {}, async () => {
      await using upstream = await createUpstream()
      await one.run({ subject, upstream })
    })
  }
