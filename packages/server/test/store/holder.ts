import { once } from 'node:events'
import { openEmbedded } from '../../src/store/embedded/embedded.ts'
import type { EmbeddedOptions } from '../../src/store/embedded/setup.ts'

// Opens the database of a data folder and keeps it until SIGTERM: what a test kills instead of itself.

const options = JSON.parse(process.argv[2] ?? '{}') as Omit<EmbeddedOptions, 'log'>
const tell = (about: object, message: string): void => console.error(message, JSON.stringify(about))

// Before the database is open: whoever reads the line below may end this process at once.
const ended = once(process, 'SIGTERM')
const database = await openEmbedded({ ...options, log: { debug: tell, info: tell, warn: tell, error: tell } })
console.log(database.place()?.pid)
await ended
await database[Symbol.asyncDispose]()
