import type { ConformanceCase } from '../case.ts'
import { asideCases } from './aside.ts'
import { contentCases, viewCases } from './content.ts'
import { forgettingCases } from './forgetting.ts'
import { keyCases } from './keys.ts'
import { lineCases } from './lines.ts'
import { ownershipCases } from './ownership.ts'
import { owedCases } from './owed.ts'
import { owedHistoryCases } from './owed-history.ts'
import { snapshotCases } from './snapshots.ts'
import type { LogSubject } from './subject.ts'

export { emptyBatch, logView, type LogSubject, type LogViewRow } from './subject.ts'

/** What every `Log` must do. */
export const logCases: readonly ConformanceCase<LogSubject>[] = [
  ...ownershipCases,
  ...contentCases,
  ...snapshotCases,
  ...viewCases,
  ...owedCases,
  ...owedHistoryCases,
  ...keyCases,
  ...forgettingCases,
  ...asideCases,
  ...lineCases,
]
