import { openDatabase } from '../../src/store/database.ts'
import { prepareSchema } from '../../src/store/prepare.ts'
import { fingerprint, silent } from './store.ts'

// node begin-store.ts FOLDER: makes what stores of tests begin from.

await using database = await openDatabase({ dataFolder: process.argv[2] ?? '', log: silent })
await prepareSchema({ connection: database.connection('migrate'), views: [], fingerprint })
