import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { bin, finish, start, temporaryFolder } from './command.ts'
import { realServer, type RealServer } from './real-server.ts'

// shows: H3

/** It says once more what others say of each part, and takes long. */
const skip = process.env['HEARTH_TEST_LONG'] === undefined && 'HEARTH_TEST_LONG is not set, as .ci/run does'

interface Item {
  readonly id: string
  readonly text: string
  readonly next: string | null
  readonly rule?: string
  readonly zone: string
  readonly state: string
}

const long = `Water; the plants, on the balcony\\and inside 🌱 ${'日本語 '.repeat(30)}end`

const wanted = [
  { text: long, at: '2040-05-01T09:00', zone: 'Europe/Berlin' },
  { text: 'weekdays', rule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', start: '2040-05-01T10:00', zone: 'America/New_York' },
  { text: 'instant', at: '2040-01-01T00:00:00Z' },
  {
    text: 'since long',
    rule: 'FREQ=WEEKLY;INTERVAL=2',
    start: '2020-01-06T08:00',
    zone: 'Asia/Tokyo',
    catchUp: 'skip',
  },
  {
    text: 'pills',
    rule: 'FREQ=DAILY;COUNT=40000',
    start: '2040-01-01T09:00',
    zone: 'Europe/Berlin',
    except: ['2040-01-03', '2040-01-05T09:00:00'],
    nag: { every: 'PT10M', times: 6 },
    urgent: true,
  },
  { text: 'daily', rule: 'FREQ=DAILY;COUNT=9000', start: '2020-01-01T23:00', zone: 'UTC', catchUp: 'skip' },
  { text: 'twin', at: '2041-01-01T00:00:00Z' },
  { text: 'twin', at: '2041-01-01T00:00:00Z' },
]

async function json(server: RealServer, words: readonly string[], input?: string) {
  const { code, stdout, stderr } = await server.hearth([...words, '--json'], input)
  return {
    code,
    stderr,
    lines:
      stdout.trim() === ''
        ? []
        : stdout
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line)),
  }
}

async function itemsOf(server: RealServer): Promise<readonly Item[]> {
  const { lines } = await json(server, ['reminders.list', '--all'])
  return lines
}

/** What whoever is reminded sees of them. */
const seen = (items: readonly Item[]) =>
  items
    .map(({ text, next, zone, state }) => [text, next, zone, state].join(' '))
    .filter((line) => !line.endsWith('cancelled'))
    .toSorted()

async function settle(server: RealServer): Promise<void> {
  // A series from the past passes over what it missed before it stands.
  for (let tries = 0; tries < 200; tries++) {
    if (!(await itemsOf(server)).some(({ next }) => next !== null && next < new Date().toISOString())) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.fail(`a series stays in the past: ${JSON.stringify(await itemsOf(server))}`)
}

/** A Python that has the parser of somebody else's. */
function parser(): string | undefined {
  const installed = join(import.meta.dirname, '../../../.services/venv/bin/python')
  return [process.env['PYTHON'], installed, 'python3'].find((python) => {
    try {
      execFileSync(python ?? '', ['-c', 'import icalendar'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })
}
const python = parser()
const skipped = python === undefined && process.env['HEARTH_TEST_ICALENDAR'] !== 'must' && 'no Python with icalendar'

const readings = `
import icalendar, json, sys
calendar = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
assert not calendar.errors, calendar.errors
events = []
for event in calendar.walk('VEVENT'):
    assert not event.errors, event.errors
    rule = event.get('RRULE')
    dates = event.get('EXDATE', [])
    except_ = [each.dt.isoformat() for dates in (dates if isinstance(dates, list) else [dates]) for each in dates.dts]
    alarm = event.walk('VALARM')[0]
    events.append({ 'text': str(event['SUMMARY']), 'start': event.decoded('DTSTART').isoformat(),
        'except': except_, 'rule': rule and rule.to_ical().decode(), 'alarm': alarm.decoded('TRIGGER').total_seconds() })
zones = [str(zone['TZID']) for zone in calendar.walk('VTIMEZONE')]
print(json.dumps({ 'events': events, 'zones': sorted(zones) }))
`

test('a home moves to another server in open files, and importing again changes nothing', { skip }, async (t) => {
  await using from = await realServer()
  await using to = await realServer()
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'out')
  for (const input of wanted) assert.equal((await json(from, ['reminders.set', '-'], JSON.stringify(input))).code, 0)
  const { lines } = await json(from, ['reminders.set', '--text', 'gone', '--at', '2040-01-01T00:00:00Z'])
  await json(from, ['reminders.cancel', '--id', lines[0].id])
  await json(from, ['reminders.configure', '--zone', 'Europe/Oslo', '--quiet', '{"from":"22:00","to":"07:00"}'])
  await settle(from)

  const exported = await json(from, ['export', '--to', path])
  assert.equal(exported.code, 0, exported.stderr)
  assert.deepEqual((await readdir(path)).toSorted(), ['home.jsonl', 'reminders.ics'])
  assert.equal(exported.lines[0].reminders, wanted.length + 1)
  const whole = await readFile(join(path, 'home.jsonl'), 'utf8')

  await t.test('lines of a calendar have 75 octets at most and end as they must', async () => {
    const calendar = await readFile(join(path, 'reminders.ics'), 'utf8')
    assert.match(calendar, /\r\n$/)
    for (const line of calendar.split('\r\n')) {
      assert.ok(Buffer.byteLength(line) <= 75, line)
      assert.doesNotMatch(line, /[\r\n]/)
    }
  })

  await t.test('another program reads the calendar', { skip: skipped }, async () => {
    const input = await readFile(join(path, 'reminders.ics'))
    const { events, zones } = JSON.parse(execFileSync(python ?? '', ['-c', readings], { input, encoding: 'utf8' }))
    assert.deepEqual(zones, ['America/New_York', 'Asia/Tokyo', 'Europe/Berlin'])
    assert.equal(events.length, wanted.length)
    const first = events.find((event: { text: string }) => event.text === long)
    assert.equal(first.start, '2040-05-01T09:00:00+02:00')
    assert.deepEqual(new Set(events.map((event: { alarm: number }) => event.alarm)), new Set([0]))
    const series = events.find((event: { text: string }) => event.text === 'weekdays')
    assert.deepEqual([series.start, series.rule], ['2040-05-01T10:00:00-04:00', 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'])
  })

  await t.test('an export that was cut goes on where it was', async () => {
    const cut = join(folder.path, 'cut')
    const [head, first] = whole.split('\n')
    await json(from, ['export', '--to', cut, '--format', 'ics'])
    await writeFile(join(cut, 'home.jsonl.part'), `${head}\n${first}\n{"kind":"event","pos`)
    const { code, stderr } = await json(from, ['export', '--to', cut])
    assert.deepEqual([code, stderr], [0, 'hearth: going on after 1 events\n'])
    assert.equal(await readFile(join(cut, 'home.jsonl'), 'utf8'), whole)
    assert.deepEqual((await readdir(cut)).toSorted(), ['home.jsonl', 'reminders.ics'])
    const other = JSON.stringify({ ...JSON.parse(String(first)), at: '2020-01-01T00:00:00.000Z' })
    await writeFile(join(cut, 'home.jsonl.part'), `${head}\n${other}\n`)
    assert.equal((await json(from, ['export', '--to', cut])).stderr, '', 'of another home: nothing of it counts')
    assert.equal(await readFile(join(cut, 'home.jsonl'), 'utf8'), whole)
  })

  await t.test('standard output has the same lines', async () => {
    assert.equal((await from.hearth(['export', '--to', '-'])).stdout, whole)
  })

  await t.test('only what would be set is said with --dry-run', async () => {
    const { code, lines: said } = await json(to, ['import', path, '--dry-run'])
    assert.equal(code, 0)
    assert.deepEqual(said.at(-1), { set: wanted.length + 1, already: 0, over: 1, refused: 0 })
    assert.deepEqual(await itemsOf(to), [])
  })

  await t.test('an import that is interrupted and begun again sets each once', async () => {
    const child = start(join(bin, 'hearth.js'), ['import', path, '--json'], { env: to.env })
    const ended = finish(child)
    await once(child.stdout as NodeJS.ReadableStream, 'data')
    child.kill('SIGINT')
    await ended
    const { code, lines: said } = await json(to, ['import', join(path, 'home.jsonl')])
    assert.equal(code, 0)
    const sum = said.at(-1)
    assert.deepEqual([sum.set + sum.already, sum.over, sum.refused], [wanted.length + 1, 1, 0])
    await settle(to)
    assert.deepEqual(seen(await itemsOf(to)), seen(await itemsOf(from)))
    const again = await json(to, ['import', path])
    assert.deepEqual(again.lines.at(-1), { set: 0, already: wanted.length + 1, over: 1, refused: 0 })
    const [settings] = (await json(to, ['reminders.settings'])).lines
    assert.deepEqual(settings, { zone: 'Europe/Oslo', quiet: { from: '22:00', to: '07:00', zone: 'Europe/Oslo' } })
    const pills = (await itemsOf(to)).find(({ text }) => text === 'pills')
    const { lines: got } = await json(to, ['reminders.get', '--id', String(pills?.id)])
    const { text, rule, except, nag, urgent } = got[0]
    const { text: asked, rule: askedRule, except: askedExcept, nag: askedNag, urgent: askedUrgent } = wanted[4] ?? {}
    assert.deepEqual([text, rule, except, nag, urgent], [asked, askedRule, askedExcept, askedNag, askedUrgent])
  })

  await t.test('and the calendar of the same home brings nothing more', async () => {
    const { lines: said } = await json(to, ['import', join(path, 'reminders.ics')])
    assert.deepEqual(said.at(-1), { set: 0, already: wanted.length, over: 0, refused: 0 })
    assert.equal((await itemsOf(to)).length, wanted.length)
  })

  await t.test('lines that cannot be read are told, and the others are imported', async () => {
    const odd = [
      { kind: 'settings', quiet: { from: 'late', to: 'early' } },
      { kind: 'reminder', text: 'when', at: 'soon' },
      { kind: 'reminder', text: 'number', at: 5 },
      { kind: 'reminder', text: 'start', rule: 'FREQ=DAILY', start: 'soon' },
      { kind: 'reminder', text: 'zone', at: '2042-01-01T09:00', zone: 'Atlantis' },
      { kind: 'reminder', text: 'from now on', rule: 'FREQ=DAILY;COUNT=2' },
    ]
    const {
      code,
      stderr,
      lines: said,
    } = await json(from, ['import', '-'], odd.map((line) => JSON.stringify(line)).join('\n'))
    assert.deepEqual([code, stderr], [1, ''])
    assert.deepEqual(
      said.slice(0, -1).map(({ entry, outcome, reason }) => [entry, outcome, reason]),
      [
        ['settings', 'already', undefined],
        ['when', 'refused', 'its time cannot be read: soon'],
        ['number', 'refused', 'its at is no text'],
        ['start', 'refused', 'its time cannot be read: soon'],
        ['zone', 'refused', 'its zone is not known: Atlantis'],
        ['from now on', 'set', undefined],
      ],
    )
  })
})
