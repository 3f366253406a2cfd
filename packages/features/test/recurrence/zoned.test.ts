// shows: B2
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { HearthError } from '@hearth/protocol'
import { planOf } from '../../src/reminders/input.ts'
import { firstOf, nextOf, type Next } from '../../src/reminders/plan.ts'

interface Case {
  readonly rule: string
  readonly start: string
  readonly zone: string
  readonly except: readonly string[]
  readonly instants: readonly number[]
  readonly ended: boolean
}

const casesIn = (text: string): readonly Case[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Case)

/** What rings, one after another, as a reminder finds it. */
function instantsOf({ rule, start, zone, except }: Case, most: number): readonly number[] {
  const found: number[] = []
  try {
    const plan = planOf({ rule, start, zone, except: [...except] }, 'UTC', 0)
    let next: Next = { type: 'occurrence', occurrence: firstOf(plan) }
    for (let searches = 0; next.type !== 'ended' && found.length < most;) {
      if (next.type === 'occurrence') found.push(next.occurrence.at / 1000)
      else if ((searches += 1) > 200) return found
      next = nextOf(plan, next.type === 'occurrence' ? next.occurrence : next.reached)
    }
  } catch (error) {
    if (!(error instanceof HearthError) || !['reminders.never', 'reminders.too-far'].includes(error.code)) throw error
  }
  return found
}

function compare(cases: readonly Case[]): void {
  for (const each of cases) {
    const most = each.instants.length + (each.ended ? 1 : 0)
    assert.deepEqual(instantsOf(each, most), each.instants, JSON.stringify({ ...each, instants: undefined }))
  }
}

test('in zones, over decades and with exceptions a reminder rings when python-dateutil and zoneinfo say [B2]', () => {
  const cases = casesIn(readFileSync(new URL('zoned.jsonl', import.meta.url), 'utf8'))
  assert.ok(cases.length >= 300)
  compare(cases)
})

const python = process.env['HEARTH_TEST_DATEUTIL']
const skip = python === undefined ? 'HEARTH_TEST_DATEUTIL names no Python that has dateutil' : false

test('the same for rules that nobody has seen before', { skip }, (context) => {
  const seed = process.env['HEARTH_TEST_SEED'] ?? String(1 + Math.floor(Math.random() * 1e6))
  const script = join(import.meta.dirname, 'make-zoned.py')
  const words = [script, '--seed', seed, '--count', process.env['HEARTH_TEST_RULES'] ?? '1000']
  context.diagnostic(`seed ${seed}`)
  compare(casesIn(execFileSync(python ?? 'python3', words, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 })))
})
