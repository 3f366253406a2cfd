import { runWorker } from './worker.ts'

// What the supervisor starts for each worker.
runWorker()
