import assert from 'node:assert/strict'
import { formatInstant } from '@hearth/protocol'
import {
  occurrencesAfter,
  parseRule,
  type Occurrence,
  type OccurrenceQuery,
  type Rule,
} from '../../src/reminders/recurrence/index.ts'

export function readRule(text: string): Rule {
  const rule = parseRule(text)
  assert.ok(rule.type === 'rule', rule.type === 'failure' ? rule.message : text)
  return rule
}

export type TextQuery = Omit<OccurrenceQuery, 'rule'> & { readonly rule: string; readonly limit: number }

export function expand(query: TextQuery): readonly Occurrence[] {
  const answer = occurrencesAfter({ ...query, rule: readRule(query.rule) })
  assert.ok(answer.type === 'occurrences', answer.type === 'failure' ? answer.message : '')
  return answer.occurrences
}

/** `local -> instant` of each, as short as it stays readable. */
export function shown(query: TextQuery): readonly string[] {
  return expand(query).map(({ index, local, at }) => `${index} ${local} -> ${formatInstant(at).replace('.000Z', 'Z')}`)
}
