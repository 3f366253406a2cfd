import { after } from 'node:test'

// Loaded into every test file: a test that leaves something open would otherwise keep its process, and the run, for ever.

const graceMs = 10_000

after(() => {
  const fail = (): void => {
    console.error(`Still open after the last test: ${process.getActiveResourcesInfo().join(', ')}`)
    process.exit(1)
  }
  setTimeout(fail, graceMs).unref()
})
