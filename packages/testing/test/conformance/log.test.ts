import { test } from 'node:test'
import { createMemoryLog, createMemoryStore, logCases, type LogSubject } from '../../src/index.ts'

const store = createMemoryStore()
let slots = 0
const subject: LogSubject = {
  log: createMemoryLog(store),
  tenant: 'main',
  slot: () => (slots += 1),
  viewRows: (view) => Promise.resolve(store.viewRows(view)),
  deadLetters: () => Promise.resolve(store.deadLetters()),
}

for (const { group, name, run } of logCases) test(`${group}: ${name}`, () => run(subject))
