import assert from 'node:assert/strict'
import { test } from 'node:test'
import { calendarEntries, durationMs } from '../src/calendar/entries.js'
import { escaped, fold, readComponents, unescaped } from '../src/calendar/lines.js'
import { instantOf, localOf } from '../src/calendar/local-time.js'
import { writeCalendar } from '../src/calendar/write.js'
import { likeness } from '../src/moving/likeness.js'

// shows: H3

const calendar = (...lines: readonly string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n')
const event = (...lines: readonly string[]): string =>
  calendar('BEGIN:VEVENT', 'UID:u1', 'SUMMARY:Standup', ...lines, 'END:VEVENT')

const read = (text: string, zone?: string) => [...calendarEntries(text, zone)]
const input = (text: string, zone?: string) => {
  const [entry] = read(text, zone)
  assert.equal(entry?.type, 'wanted', JSON.stringify(entry))
  return entry?.type === 'wanted' ? entry.input : undefined
}
const reason = (text: string, zone?: string) => {
  const [entry] = read(text, zone)
  return entry?.type === 'unfit' || entry?.type === 'over' ? entry.reason : 'wanted'
}

test('an event of Google: a zone by its name, a rule, exceptions, an alarm before it', () => {
  const text = event(
    'DTSTART;TZID=Europe/Berlin:20400501T100000',
    'DTEND;TZID=Europe/Berlin:20400501T101500',
    'RRULE:FREQ=WEEKLY;WKST=MO;UNTIL=20410101T225959Z;BYDAY=MO,WE',
    'EXDATE;TZID=Europe/Berlin:20400507T100000',
    'EXDATE:20400514T080000Z',
    'EXDATE;VALUE=DATE:20400521',
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    'TRIGGER:-P0DT0H15M0S',
    'END:VALARM',
  )
  assert.deepEqual(input(text), {
    text: 'Standup',
    rule: 'FREQ=WEEKLY;WKST=MO;UNTIL=20410101T225959Z;BYDAY=MO,WE',
    start: '2040-05-01T09:45:00',
    zone: 'Europe/Berlin',
    except: ['2040-05-07T09:45:00', '2040-05-14T09:45:00', '2040-05-21'],
  })
})

test('a task of Apple, a day without a time, a time without a zone, an instant', () => {
  const task = calendar(
    'BEGIN:VTODO',
    'UID:t',
    'SUMMARY:Taxes\\, finally',
    'DUE;TZID=Europe/Paris:20400415T180000',
    'END:VTODO',
  )
  assert.deepEqual(input(task), { text: 'Taxes, finally', at: '2040-04-15T18:00:00', zone: 'Europe/Paris' })
  assert.deepEqual(input(event('DTSTART;VALUE=DATE:20400501')), { text: 'Standup', at: '2040-05-01T09:00:00' })
  assert.deepEqual(input(event('DTSTART:20400501T100000'), 'Asia/Tokyo'), {
    text: 'Standup',
    at: '2040-05-01T10:00:00',
    zone: 'Asia/Tokyo',
  })
  assert.deepEqual(input(event('DTSTART:20400501T100000Z')), {
    text: 'Standup',
    at: '2040-05-01T10:00:00',
    zone: 'UTC',
  })
  const birthday = input(event('DTSTART;VALUE=DATE:20400501', 'RRULE:FREQ=YEARLY;UNTIL=20500501'))
  assert.equal(birthday?.rule, 'FREQ=YEARLY;UNTIL=20500501T235959Z')
})

test('zones as Outlook, Thunderbird and Evolution name them', () => {
  const zoneOf = (id: string, ...lines: readonly string[]) =>
    input(
      calendar(...lines, 'BEGIN:VEVENT', 'UID:z', 'SUMMARY:z', `DTSTART;TZID="${id}":20400501T100000`, 'END:VEVENT'),
    )?.zone
  assert.equal(zoneOf('W. Europe Standard Time'), 'Europe/Berlin')
  assert.equal(
    zoneOf('/freeassociation.sourceforge.net/America/Argentina/Buenos_Aires'),
    'America/Argentina/Buenos_Aires',
  )
  assert.equal(zoneOf('/mozilla.org/20070129_1/Europe/Vienna'), 'Europe/Vienna')
  const located = ['BEGIN:VTIMEZONE', 'TZID:Mine', 'X-LIC-LOCATION:Asia/Kolkata', 'END:VTIMEZONE']
  assert.equal(zoneOf('Mine', ...located), 'Asia/Kolkata')
  const unknown = calendar('BEGIN:VEVENT', 'UID:z', 'SUMMARY:z', 'DTSTART;TZID=Atlantis:20400501T100000', 'END:VEVENT')
  assert.match(String(reason(unknown)), /its zone is not known: Atlantis/)
})

test('what cannot be a reminder says why, and the others go on', () => {
  const text = calendar(
    'BEGIN:VEVENT',
    'UID:a',
    'SUMMARY:a',
    'DTSTART:20400501T100000Z',
    'RDATE:20400502T100000Z',
    'END:VEVENT',
    'BEGIN:VEVENT',
    'UID:b',
    'SUMMARY:b',
    'DTSTART:20400501T100000Z',
    'STATUS:CANCELLED',
    'END:VEVENT',
    'BEGIN:VTODO',
    'UID:c',
    'SUMMARY:c',
    'END:VTODO',
    'BEGIN:VTODO',
    'UID:d',
    'SUMMARY:d',
    'DUE:20400501T100000Z',
    'STATUS:COMPLETED',
    'END:VTODO',
    'BEGIN:VEVENT',
    'UID:e',
    'SUMMARY:e',
    'DTSTART:2040',
    'END:VEVENT',
    'BEGIN:VEVENT',
    'UID:f',
    'SUMMARY:f',
    'DTSTART:20400501T100000Z',
    'END:VEVENT',
  )
  assert.deepEqual(
    read(text).map((entry) => [
      entry.label,
      entry.type,
      entry.type === 'unfit' || entry.type === 'over' ? entry.reason : '',
    ]),
    [
      ['a', 'unfit', 'it has dates beside its rule (RDATE): set those one by one'],
      ['b', 'over', 'it is cancelled'],
      ['c', 'unfit', 'it has no time'],
      ['d', 'over', 'it is done'],
      ['e', 'unfit', 'its time cannot be read: 2040'],
      ['f', 'wanted', ''],
    ],
  )
})

test('an occurrence that was moved is left out of its series and stands for itself', () => {
  const text = calendar(
    'BEGIN:VEVENT',
    'UID:s',
    'SUMMARY:s',
    'DTSTART;TZID=Europe/Berlin:20400501T100000',
    'RRULE:FREQ=DAILY',
    'END:VEVENT',

    'BEGIN:VEVENT',
    'UID:s',
    'SUMMARY:s later',
    'RECURRENCE-ID;TZID=Europe/Berlin:20400503T100000',
    'DTSTART;TZID=Europe/Berlin:20400503T160000',
    'END:VEVENT',
  )
  const [series, moved] = read(text)
  assert.deepEqual(series?.type === 'wanted' && series.input.except, ['2040-05-03T10:00:00'])
  assert.deepEqual(moved?.type === 'wanted' && moved.input, {
    text: 's later',
    at: '2040-05-03T16:00:00',
    zone: 'Europe/Berlin',
  })
  assert.notEqual(series?.identity, moved?.identity)
})

test('an alarm on another day than its series is told, not followed', () => {
  const alarm = ['BEGIN:VALARM', 'TRIGGER:-P1D', 'END:VALARM', 'BEGIN:VALARM', 'TRIGGER:-P2D', 'END:VALARM']
  const [entry] = read(event('DTSTART:20400501T100000Z', 'RRULE:FREQ=WEEKLY;BYDAY=TU', ...alarm))
  assert.equal(entry?.type === 'wanted' && entry.input.start, '2040-05-01T10:00:00')
  assert.deepEqual(entry?.type === 'wanted' && entry.notes, [
    'of its 2 alarms one is kept',
    'it rings at its time, not at its alarm',
  ])
  assert.equal(input(event('DTSTART:20400501T100000Z', ...alarm))?.at, '2040-04-30T10:00:00')
  const absolute = ['BEGIN:VALARM', 'TRIGGER;VALUE=DATE-TIME:20400430T200000Z', 'END:VALARM']
  assert.equal(input(event('DTSTART:20400501T100000Z', ...absolute))?.at, '2040-04-30T20:00:00Z')
})

test('texts survive escaping and folding, whatever they hold', () => {
  for (const text of ['a;b,c\\d', 'line\nline', '\\n is no line', 'ü'.repeat(200), '👩‍👩‍👧'.repeat(40), '"quoted": x']) {
    assert.equal(unescaped(escaped(text)), text)
    const folded = fold(`SUMMARY:${escaped(text)}`)
    for (const line of folded.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75)
    const [found] = readComponents(`BEGIN:VEVENT\r\n${folded}END:VEVENT\r\n`)
    assert.equal(unescaped(found?.properties[0]?.value ?? ''), text)
  }
  const [odd] = readComponents('\uFEFFBEGIN:VEVENT\nATTENDEE;CN="Doe: J; ^\'x^\'":mailto:a@b\nno line\nEND:VEVENT')
  assert.deepEqual(odd?.properties, [{ name: 'ATTENDEE', params: { CN: 'Doe: J; "x"' }, value: 'mailto:a@b' }])
})

test('times that there are not refuse an entry, and never the file', () => {
  assert.match(String(reason(event('DTSTART:20401399T996100Z'))), /its time cannot be read/)
  assert.match(String(reason(event('DTSTART;VALUE=DATE:20401399'))), /its time cannot be read/)
  const rule = ['DTSTART:20400501T100000Z', 'RRULE:FREQ=DAILY']
  assert.match(String(reason(event(...rule, 'EXDATE;VALUE=DATE:20401399'))), /its time cannot be read/)
  const alarm = (trigger: string) => ['DTSTART:20400501T100000Z', 'BEGIN:VALARM', trigger, 'END:VALARM']
  assert.match(String(reason(event(...alarm('TRIGGER:-P99999999999999D')))), /in no year that there is/)
  assert.equal(input(event(...alarm('TRIGGER;VALUE=DATE-TIME:20401399T990000Z')))?.at, '2040-05-01T10:00:00')
})

test('a line that is no property takes no time, however many parameters it has', () => {
  const [part] = readComponents(`BEGIN:VEVENT\nX${';a=b,c'.repeat(200)}\nDTSTART;X=a,"b:c",d:1\nEND:VEVENT`)
  assert.deepEqual(part?.properties, [{ name: 'DTSTART', params: { X: 'a,"b:c",d' }, value: '1' }])
})

test('what is written reads back the same, also where the clock shows a time twice', () => {
  const twice = { id: 'rem_1', text: 'twice', zone: 'Europe/Berlin', at: '2040-10-28T01:30:00.000Z' }
  const series = {
    id: 'rem_2',
    text: 'series',
    zone: 'Europe/Berlin',
    rule: 'FREQ=DAILY;COUNT=3',
    start: '2040-03-24T02:30:00',
    except: ['2040-03-25T02:30:00'],
    catchUp: 'each',
  }
  const entries = read(writeCalendar([twice, series], Date.UTC(2039, 0)))
  const { id: _id, ...rest } = series
  assert.deepEqual(
    entries.map((entry) => entry.type === 'wanted' && entry.input),
    [{ text: 'twice', at: '2040-10-28T01:30:00', zone: 'UTC' }, rest],
  )
})

test('clocks: gaps move forward, of two times the first counts', () => {
  assert.equal(instantOf('2040-03-25T02:30:00', 'Europe/Berlin'), Date.UTC(2040, 2, 25, 1, 30))
  assert.equal(instantOf('2040-10-28T02:30:00', 'Europe/Berlin'), Date.UTC(2040, 9, 28, 0, 30))
  assert.equal(localOf(Date.UTC(2040, 6, 1, 12), 'America/St_Johns'), '2040-07-01T09:30:00')
  assert.deepEqual(['-PT15M', 'P1DT2H', '+P1W', 'P', 'x'].map(durationMs), [
    -900_000,
    93_600_000,
    604_800_000,
    undefined,
    undefined,
  ])
})

test('reminders are alike by what rings, not by where their series begins', () => {
  const rule = 'FREQ=WEEKLY;INTERVAL=2;COUNT=9'
  const like = (start: string, more: object = {}) => likeness({ text: 'a', rule, start, zone: 'UTC', ...more }, 'UTC')
  assert.equal(like('2040-01-02T09:00:00'), like('2040-01-16T09:00', { rule: 'COUNT=7;FREQ=WEEKLY;INTERVAL=2' }))
  assert.notEqual(like('2040-01-02T09:00:00'), like('2040-01-09T09:00:00'), 'the other weeks')
  assert.notEqual(like('2040-01-02T09:00:00'), like('2040-01-03T09:00:00'), 'another day')
  assert.notEqual(like('2040-01-02T09:00:00'), like('2040-01-02T10:00:00'), 'another time')
  assert.equal(
    likeness({ text: 'a', at: '2040-07-01T09:00', zone: 'Europe/Berlin' }, 'UTC'),
    likeness({ text: 'a', at: '2040-07-01T07:00:00.000Z' }, 'UTC'),
  )
})
