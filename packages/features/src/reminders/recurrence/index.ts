export { catchUp, isCountable, type CaughtUp } from './catch-up.ts'
export {
  effortOfCall,
  nextOccurrence,
  nextWanted,
  occurrencesAfter,
  startText,
  type NextOccurrence,
  type Occurrence,
  type OccurrenceQuery,
  type Occurrences,
  type Place,
} from './occurrences.ts'
export { parseRule } from './parse-rule.ts'
export { recurrenceErrors, type Frequency, type Rule, type RuleErrorCode, type RuleFailure } from './rule.ts'
