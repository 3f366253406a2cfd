import type { BenchResult } from '../result.ts'

/** The peers that the kernel is to be measured against, each with its figures or why it has none. */
export const peers: BenchResult['peers'] = {
  dbos: { absent: 'comes with the kernel issue' },
  restate: { absent: 'comes with the kernel issue' },
  'pg-boss': { absent: 'comes with the kernel issue' },
  bullmq: { absent: 'comes with the kernel issue' },
}
