export {
  nextOccurrence,
  occurrencesAfter,
  type NextOccurrence,
  type Occurrence,
  type OccurrenceQuery,
  type Occurrences,
} from './occurrences.ts'
export { parseRule } from './parse-rule.ts'
export { recurrenceErrors, type Frequency, type Rule, type RuleErrorCode, type RuleFailure } from './rule.ts'
