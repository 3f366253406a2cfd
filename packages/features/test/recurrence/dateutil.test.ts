import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { formatLocal, parseLocal } from '@hearth/protocol'
import { occurrencesAfter, parseRule, type Occurrence, type Rule } from '../../src/reminders/recurrence/index.ts'

interface Case {
  readonly rule: string
  readonly start: string
  readonly first: readonly string[]
  readonly ended: boolean
  readonly jump: { readonly after: string; readonly index: number; readonly next: readonly string[] }
}

const cases = readFileSync(new URL('dateutil.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Case)

test('local times are those of python-dateutil, from the start and from anywhere later', () => {
  assert.ok(cases.length >= 400)
  for (const known of cases) {
    const rule = readRule(known.rule)
    const name = `${known.rule} from ${known.start}`
    const first = expand({ rule, start: long(known.start), limit: known.first.length + (known.ended ? 1 : 0) })
    assert.deepEqual(
      first.map((found) => short(found.local)),
      known.first,
      name,
    )
    assert.deepEqual(
      first.map((found) => found.index),
      known.first.map((_, index) => index),
      name,
    )

    const { after, index, next } = known.jump
    const later = expand({ rule, start: long(known.start), limit: 3, after: utc(long(after)) })
    assert.deepEqual(
      later.map((found) => short(found.local)),
      next,
      `${name} after ${after}`,
    )
    if (next.length > 0) assert.equal(later[0]?.index, index, `${name} after ${after}`)
  }
})

test('whether a series has ended is known', () => {
  for (const known of cases.filter((item) => item.ended && item.first.length > 0)) {
    const answer = occurrencesAfter({ rule: readRule(known.rule), start: long(known.start), zone: 'UTC', limit: 9 })
    assert.equal(answer.type === 'occurrences' && answer.ended, true, known.rule)
  }
})

function readRule(text: string): Rule {
  const rule = parseRule(text)
  assert.equal(rule.type, 'rule', text)
  return rule as Rule
}

function expand(query: { rule: Rule; start: string; limit: number; after?: number }): readonly Occurrence[] {
  if (query.limit === 0) return []
  const answer = occurrencesAfter({ ...query, zone: 'UTC' })
  if (answer.type === 'occurrences') return answer.occurrences
  assert.equal(answer.code, 'rule.no-occurrence')
  return []
}

function utc(text: string): number {
  const parsed = parseLocal(text)
  assert.equal(parsed.type, 'local')
  return parsed.type === 'local' ? parsed.local : Number.NaN
}

function long(text: string): string {
  return text.replace(/^(....)(..)(..)T(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6')
}

function short(text: string): string {
  assert.equal(formatLocal(utc(text)), text)
  return text.replaceAll(/[-:]/g, '')
}
