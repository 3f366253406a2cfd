"""Writes rules with the answers of python-dateutil, which expands them independently of us.

    python3 make-fixture.py > dateutil.jsonl            the committed fixture (seed 1, 400 rules)
    python3 make-fixture.py --seed 9 --count 20000      a larger one, for a long comparison

Everything is naive local time: zones are tested elsewhere. A case is
  rule, start, first: the first occurrences, ended: whether there are no more,
  jump: { after, index, next }: the first occurrences later than `after` and the ordinal of the first of them.
Left out, because dateutil departs from RFC 5545 there (docs/decisions/0010-recurrence.md): plain and ordinal weekdays
in one BYDAY, BYSETPOS in the first and incomplete week of a WEEKLY rule, UNTIL as a date, negative week numbers that
reach week 1 of a neighbouring year.
"""

import argparse
import datetime
import json
import random
import signal
import warnings

from dateutil.rrule import rrulestr

warnings.simplefilter('ignore')
DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']
FREQS = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY', 'SECONDLY']
FIRST = 8
# dateutil walks from the start; a case it needs longer for than this many seconds is left out.
PATIENCE = 0.3
# RFC 5545, 3.8.5.3.
EXAMPLES = """
19970902T090000 FREQ=DAILY;COUNT=10
19970902T090000 FREQ=DAILY;UNTIL=19971224T000000
19970902T090000 FREQ=DAILY;INTERVAL=2
19970902T090000 FREQ=DAILY;INTERVAL=10;COUNT=5
19980101T090000 FREQ=YEARLY;UNTIL=20000131T140000;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA
19980101T090000 FREQ=DAILY;UNTIL=20000131T140000;BYMONTH=1
19970902T090000 FREQ=WEEKLY;COUNT=10
19970902T090000 FREQ=WEEKLY;INTERVAL=2;WKST=SU
19970902T090000 FREQ=WEEKLY;UNTIL=19971007T000000;WKST=SU;BYDAY=TU,TH
19970901T090000 FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000;WKST=SU;BYDAY=MO,WE,FR
19970902T090000 FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH
19970905T090000 FREQ=MONTHLY;COUNT=10;BYDAY=1FR
19970907T090000 FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU
19970922T090000 FREQ=MONTHLY;COUNT=6;BYDAY=-2MO
19970928T090000 FREQ=MONTHLY;BYMONTHDAY=-3
19970902T090000 FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15
19970930T090000 FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1
19970910T090000 FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15
19970902T090000 FREQ=MONTHLY;INTERVAL=2;BYDAY=TU
19970610T090000 FREQ=YEARLY;COUNT=10;BYMONTH=6,7
19970310T090000 FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3
19970101T090000 FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200
19970519T090000 FREQ=YEARLY;BYDAY=20MO
19970512T090000 FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO
19970313T090000 FREQ=YEARLY;BYMONTH=3;BYDAY=TH
19970605T090000 FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8
19970902T090000 FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13
19970913T090000 FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13
19961105T090000 FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8
19970904T090000 FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3
19970929T090000 FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2
19970902T090000 FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000
19970902T090000 FREQ=MINUTELY;INTERVAL=15;COUNT=6
19970902T090000 FREQ=MINUTELY;INTERVAL=90;COUNT=4
19970902T090000 FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40
19970902T090000 FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16
19970805T090000 FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO
19970805T090000 FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU
20070115T090000 FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5
"""


class TooSlow(Exception):
    pass


def give_up(*_):
    raise TooSlow


def some(pick, values, most):
    return sorted(pick.sample(values, pick.randint(1, min(most, len(values)))))


def signed(pick, limit, most):
    return some(pick, [n for n in range(-limit, limit + 1) if n != 0], most)


def text(values):
    return ','.join(str(value) for value in values)


def weekdays(pick, freq, parts):
    ordinal = freq == 'MONTHLY' or (freq == 'YEARLY' and 'BYWEEKNO' not in parts)
    days = some(pick, DAYS, 4)
    if not ordinal or pick.random() < 0.5:
        return ','.join(days)
    limit = 5 if freq == 'MONTHLY' or 'BYMONTH' in parts else 53
    return ','.join(f'{pick.choice([n for n in range(-limit, limit + 1) if n])}{day}' for day in days)


def interval(pick, freq):
    dividing = {'HOURLY': [2, 6, 12], 'MINUTELY': [5, 15, 30, 60, 90, 720], 'SECONDLY': [10, 30, 60, 3600]}
    if freq in dividing and pick.random() < 0.5:
        return pick.choice(dividing[freq])
    return pick.choice([2, 2, 3, 4, 5, 6, 7, 9, 10, 14, 25, 48, 100, 1000])


def setpos(pick, parts):
    size = 1
    for name, full in (('BYDAY', 7), ('BYMONTHDAY', 4), ('BYHOUR', 1), ('BYMINUTE', 1), ('BYSECOND', 1)):
        if name in parts:
            size *= full if name == 'BYDAY' else len(parts[name].split(','))
    return text(signed(pick, max(1, min(size, 12)), 3))


def random_rule(pick):
    freq = pick.choice(FREQS)
    parts = {'FREQ': freq}
    sub_daily = freq in ('HOURLY', 'MINUTELY', 'SECONDLY')
    chance = lambda p: pick.random() < p
    if chance(0.45):
        parts['INTERVAL'] = str(interval(pick, freq))
    if chance(0.3):
        parts['BYMONTH'] = text(some(pick, list(range(1, 13)), 4))
    if freq == 'YEARLY' and chance(0.25):
        parts['BYWEEKNO'] = text([n for n in signed(pick, 53, 4) if n > -52] or [1])
    if (freq == 'YEARLY' or sub_daily) and chance(0.2):
        parts['BYYEARDAY'] = text(signed(pick, 366, 6))
    if freq != 'WEEKLY' and chance(0.3):
        parts['BYMONTHDAY'] = text(signed(pick, 31, 5))
    if chance(0.4):
        parts['BYDAY'] = weekdays(pick, freq, parts)
    if chance(0.25):
        parts['BYHOUR'] = text(some(pick, list(range(24)), 4))
    if chance(0.25):
        parts['BYMINUTE'] = text(some(pick, list(range(60)), 4))
    if chance(0.2):
        parts['BYSECOND'] = text(some(pick, list(range(60)), 4))
    if chance(0.2) and any(name.startswith('BY') for name in parts):
        parts['BYSETPOS'] = setpos(pick, parts)
    if chance(0.3):
        parts['WKST'] = pick.choice(DAYS)
    if chance(0.2):
        parts['COUNT'] = str(pick.choice([1, 2, 3, 5, 7, 10, 30, 500, 100000]))
    names = list(parts)
    if chance(0.3):
        pick.shuffle(names)
    return parts, names


def random_start(pick):
    day = datetime.date(1970, 1, 2) + datetime.timedelta(days=pick.randint(0, 365 * 90))
    if pick.random() < 0.1:
        day = pick.choice([datetime.date(2024, 2, 29), datetime.date(2027, 12, 31), datetime.date(2032, 1, 1)])
    clock = pick.choice([(9, 0, 0), (0, 0, 0), (23, 59, 59), (pick.randint(0, 23), pick.randint(0, 59), pick.randint(0, 59))])
    return datetime.datetime.combine(day, datetime.time(*clock))


def short(moment):
    return moment.strftime('%Y%m%dT%H%M%S') if moment.year >= 1000 else None


def expected(rule, start, after):
    try:
        series = rrulestr(rule, dtstart=start)
    except ValueError as error:
        if 'empty' in str(error):
            return [], True, {'after': short(after), 'index': 0, 'next': []}
        raise
    first, later, index, ended = [], [], 0, True
    try:
        for moment in series:
            if len(first) < FIRST:
                first.append(short(moment))
            if moment > after:
                later.append(short(moment))
            else:
                index += 1
            if len(later) >= 3 and len(first) >= FIRST:
                ended = False
                break
    except ValueError as error:
        if 'Invalid combination' not in str(error):
            raise
    return first, ended and index + len(later) <= FIRST, {'after': short(after), 'index': index, 'next': later[:3]}


def incomplete_week(parts, start):
    first = DAYS.index(parts.get('WKST', 'MO'))
    return parts['FREQ'] == 'WEEKLY' and 'BYSETPOS' in parts and start.weekday() != first


def make_case(pick):
    parts, names = random_rule(pick)
    start = random_start(pick)
    if incomplete_week(parts, start):
        return None
    if 'COUNT' not in parts and pick.random() < 0.15:
        until = start + datetime.timedelta(days=pick.choice([0, 1, 10, 100, 1000, 10000]), seconds=pick.randint(0, 86400))
        parts['UNTIL'] = short(until)
        names.append('UNTIL')
    rule = ';'.join(f'{name}={parts[name]}' for name in names)
    span = {'SECONDLY': 1, 'MINUTELY': 60, 'HOURLY': 3600}.get(parts['FREQ'], 86400)
    return answered(rule, start, start + datetime.timedelta(seconds=pick.randint(0, 4000) * span))


def answered(rule, start, after):
    try:
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)
        first, ended, jump = expected(rule, start, after)
    except TooSlow:
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return {'rule': rule, 'start': short(start), 'first': first, 'ended': ended, 'jump': jump}


def example(line):
    start, rule = line.split()
    moment = datetime.datetime.strptime(start, '%Y%m%dT%H%M%S')
    return answered(rule, moment, moment + datetime.timedelta(days=100))


def main():
    options = argparse.ArgumentParser()
    options.add_argument('--seed', type=int, default=1)
    options.add_argument('--count', type=int, default=400)
    chosen = options.parse_args()
    signal.signal(signal.SIGALRM, give_up)
    pick = random.Random(chosen.seed)
    examples = [example(line) for line in EXAMPLES.split('\n') if line] if chosen.seed == 1 else []
    cases = [case for case in examples if case is not None]
    while len(cases) < chosen.count:
        case = make_case(pick)
        if case is not None and (case['first'] or pick.random() < 0.25):
            cases.append(case)
    for case in cases:
        print(json.dumps(case, separators=(',', ':')))


if __name__ == '__main__':
    main()
