import { faultOf } from '@hearth/models'
import { allows, HearthError, parseInstant, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Caller } from '../../feature.ts'
import { invalid } from '../../position-in.ts'
import { scope } from '../scopes.ts'
import { removalKind } from './effects.ts'
import { settingFor, textsIn, textsSettingOf, withScope, type TextsDocument, type TextsSetting } from './setting.ts'
import { dayMs, homeOf, termsView, type Term } from './term.ts'
import { tenantHome } from '../../tenant.ts'

const side = z.enum(['none', 'redacted', 'whole'])
const days = z.int().min(1).max(3650)
const usualDays = 30
const empty: TextsDocument = { scopes: {}, patterns: [] }

/** Nobody but the owner decides what is kept of their own calls: neither more of it nor less. */
function assertOfOthers({ principal, reference }: Caller, after: TextsDocument): void {
  if (principal.kind === 'owner') return
  const before = textsIn(reference)
  const [was, would] = [settingFor(before, principal), settingFor(after, principal)]
  const isSame = JSON.stringify(was) === JSON.stringify(would)
  const isRedacted = was?.prompts === 'redacted' || was?.answers === 'redacted'
  const holds = (one: TextsDocument['patterns'][number]): boolean =>
    after.patterns.some(({ name, pattern }) => name === one.name && pattern === one.pattern)
  if (isSame && (!isRedacted || (before?.patterns ?? []).every(holds))) return
  throw new HearthError('keys.above-yourself', 'Nobody decides what is kept of what they say themselves.')
}

const order = ['none', 'redacted', 'whole'] as const

/** Whoever can give keys away can give one to themselves: of its calls as much has to be kept as of their own. */
function assertNotLess({ principal, reference }: Caller, setting: TextsSetting | null): void {
  if (principal.kind === 'owner' || !allows(principal, 'keys.write')) return
  const own = settingFor(textsIn(reference), principal)
  if (own === null || setting === null) return
  const isLess = (one: 'prompts' | 'answers'): boolean => order.indexOf(setting[one]) < order.indexOf(own[one])
  if (isLess('prompts') || isLess('answers') || setting.days < own.days)
    throw new HearthError('keys.above-yourself', 'Who gives keys away has no less kept of others than of themselves.')
}

export const setTexts = operation({
  name: 'texts.set',
  type: 'command',
  summary:
    'Say what is kept of what is asked of models and answered, and for how many days: nothing, redacted or whole, for the whole server, a home or a key. The narrowest counts. Neither prompts nor answers given: as if nobody had said.',
  input: z.strictObject({
    scope,
    prompts: side.optional(),
    answers: side.optional(),
    days: days.optional(),
  }),
  output: z.object({ scope: z.string() }),
  permission: 'texts.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'POST', path: '/texts' },
  examples: [
    {
      title: 'Of everybody, without what tells of people, for a month',
      input: { scope: 'tenant', prompts: 'redacted', answers: 'redacted', days: 30 },
    },
    { title: 'Nothing of one home', input: { scope: 'home:ann', prompts: 'none', answers: 'none' } },
  ],
  command: ({ scope: id, prompts, answers, days: kept = usualDays }, caller) => {
    const isSaid = prompts !== undefined || answers !== undefined
    const setting = isSaid ? { prompts: prompts ?? 'none', answers: answers ?? 'none', days: kept } : null
    assertOfOthers(caller, withScope(textsIn(caller.reference) ?? empty, id, setting))
    assertNotLess(caller, setting)
    return { address: textsSettingOf(caller.principal.tenant), command: { type: 'set', scope: id, setting } }
  },
})

const pattern = z.strictObject({
  /** Stands in the place of what is found: `[name]`. */
  name: z
    .string()
    .max(40)
    .regex(
      /^[A-Za-z0-9\u00c0-\u024f\u0370-\u1fff\u3040-\u9fff\uac00-\ud7a3][A-Za-z0-9\u00c0-\u024f\u0370-\u1fff\u3040-\u9fff\uac00-\ud7a3 _-]*$/,
      'must be letters and digits',
    ),
  /** As RE2 has them: neither back references nor looking around. */
  pattern: schema.text({ max: 300 }),
})

export const setPatterns = operation({
  name: 'texts.setPatterns',
  type: 'command',
  summary:
    'Say what is taken out of texts besides what is always: patterns in the form of RE2, each with the name that stands in its place.',
  input: z.strictObject({ patterns: z.array(pattern).max(20) }),
  output: z.object({}),
  permission: 'texts.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'POST', path: '/texts/patterns' },
  examples: [{ title: 'Numbers of staff', input: { patterns: [{ name: 'staff', pattern: 'EMP-\\d{6}' }] } }],
  command: async ({ patterns }, caller) => {
    for (const [index, one] of patterns.entries()) {
      const fault = await faultOf(one.pattern)
      if (fault !== null) throw invalid(`patterns.${index}.pattern`, `cannot be used: ${fault}`)
    }
    assertOfOthers(caller, { ...(textsIn(caller.reference) ?? empty), patterns })
    return { address: textsSettingOf(caller.principal.tenant), command: { type: 'set-patterns', patterns } }
  },
})

export const getTexts = operation({
  name: 'texts.get',
  type: 'read',
  summary: 'What is kept of what is asked of models and answered, by scope, and what is taken out of it besides.',
  input: z.strictObject({}),
  output: z.object({
    scopes: z.array(z.object({ scope: z.string(), prompts: side, answers: side, days })),
    patterns: z.array(pattern),
  }),
  permission: 'calls.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/texts' },
  examples: [{ title: 'As it is', input: {} }],
  read: (_input, { reference }) => {
    const { scopes, patterns } = textsIn(reference) ?? empty
    const items = Object.entries(scopes)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, setting]) => ({ scope: name, ...setting }))
    return Promise.resolve({ scopes: items, patterns: [...patterns] })
  },
})

export const removeTexts = operation({
  name: 'texts.remove',
  type: 'read',
  summary:
    'Remove what is kept of what was said, for good, before its days are over: of all days before the day of an instant, by UTC, or of all.',
  input: z.strictObject({ before: schema.text({ max: 100 }).optional() }),
  output: z.object({ days: z.int() }),
  permission: 'people.write',
  reach: 'tenant',
  consequence: 'destroy',
  path: { method: 'POST', path: '/texts/remove' },
  examples: [
    { title: 'All of it', input: {} },
    { title: 'What was said before a day', input: { before: '2026-05-01T00:00:00Z' } },
  ],
  read: async ({ before }, caller) => {
    const { tenant } = caller.principal
    const gone = await termsBefore(caller, before === undefined ? Infinity : dayIn(before))
    if (gone.length === 0) return { days: 0 }
    const address = { tenant, home: tenantHome, kind: 'model-texts', id: 'texts' }
    const ended = await caller.attach({ kind: removalKind, address, request: gone.map(homeOf) })
    if (ended.type !== 'done') throw new HearthError('texts.not-removed', 'Not all of it could be removed just now.')
    return { days: new Set(gone.map(({ day }) => day)).size }
  },
})

const pageRows = 200

async function termsBefore({ read, principal: { tenant } }: Caller, until: number): Promise<readonly Term[]> {
  const found: Term[] = []
  for (let after: string | undefined; ;) {
    const rows = await read.rows(termsView, { tenant, limit: pageRows, ...(after === undefined ? {} : { after }) })
    const terms = rows.map((row) => ({ day: Number(row['day']), days: Number(row['days']) }))
    found.push(...terms.filter(({ day }) => day < until))
    after = rows.at(-1)?.key
    if (rows.length < pageRows || (terms.at(-1)?.day ?? 0) >= until) return found
  }
}

function dayIn(before: string): number {
  const instant = parseInstant(before)
  if (instant.type === 'failure') throw invalid('before', 'must be an instant such as 2026-05-01T09:00:00Z')
  return Math.floor(instant.ms / dayMs)
}
