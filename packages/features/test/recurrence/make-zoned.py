"""Writes rules in zones, with exceptions, with the instants that python-dateutil and zoneinfo give.

    python3 make-zoned.py > zoned.jsonl                 the committed fixture (seed 1, 300 rules)
    python3 make-zoned.py --seed 9 --count 5000         others, for a long comparison

dateutil expands the rule in naive local time and leaves out the exceptions; zoneinfo tells the instant of each: of a time that comes twice
the first, and a time that is skipped by the offset before the gap, which moves it forward by the gap. What is then not later than the
one before is dropped, as docs/decisions/0010-recurrence.md says. A case is rule, start, zone, except, instants (the first of them, in seconds).
"""

import argparse
import datetime
import importlib.util
import json
import pathlib
import random
import signal
import zoneinfo

from dateutil.rrule import rrulestr, rruleset

here = pathlib.Path(__file__).parent
spec = importlib.util.spec_from_file_location('naive', here / 'make-fixture.py')
naive = importlib.util.module_from_spec(spec)
naive.__name__ = 'naive'
spec.loader.exec_module(naive)

ZONES = [
    'UTC', 'Europe/Berlin', 'Europe/London', 'Europe/Lisbon', 'America/New_York', 'America/Los_Angeles', 'America/St_Johns',
    'America/Sao_Paulo', 'Australia/Sydney', 'Australia/Lord_Howe', 'Pacific/Auckland', 'Pacific/Apia', 'Asia/Tokyo', 'Asia/Kolkata',
    'Asia/Kathmandu', 'Asia/Tehran', 'Africa/Johannesburg', 'America/Havana', 'Antarctica/Troll',
]
FIRST = 12


def instants(rule, start, zone, left_out):
    series = rruleset()
    series.rrule(rrulestr(rule, dtstart=start))
    for moment in left_out:
        if isinstance(moment, datetime.datetime):
            series.exdate(moment)
    days = {moment for moment in left_out if not isinstance(moment, datetime.datetime)}
    found, last = [], None
    for moment in series:
        if moment.date() in days:
            continue
        instant = int(moment.replace(tzinfo=zone, fold=0).timestamp())
        if last is not None and instant <= last:
            continue
        last = instant
        found.append(instant)
        if len(found) == FIRST:
            return found, False
    return found, True


def make_case(pick):
    parts, names = naive.random_rule(pick)
    start = naive.random_start(pick)
    if not 1991 <= start.year <= 2035 or naive.incomplete_week(parts, start):
        return None
    name = pick.choice(ZONES)
    rule = ';'.join(f'{part}={parts[part]}' for part in names)
    # What would come without exceptions, so that some of them hit.
    plain = []
    for moment in rrulestr(rule, dtstart=start):
        plain.append(moment)
        if len(plain) == FIRST:
            break
    left_out = set()
    for moment in plain:
        if pick.random() < 0.2:
            left_out.add(moment if pick.random() < 0.7 else moment.date())
    for _ in range(pick.randint(0, 2)):
        left_out.add(start + datetime.timedelta(minutes=pick.randint(1, 100000)))
    found, ended = instants(rule, start, zoneinfo.ZoneInfo(name), left_out)
    if found and datetime.datetime.fromtimestamp(found[-1], datetime.timezone.utc).year > 2037:
        return None
    return {
        'rule': rule,
        'start': start.isoformat(),
        'zone': name,
        'except': sorted(moment.isoformat() for moment in left_out),
        'instants': found,
        'ended': ended,
    }


def main():
    options = argparse.ArgumentParser()
    options.add_argument('--seed', type=int, default=1)
    options.add_argument('--count', type=int, default=300)
    chosen = options.parse_args()
    signal.signal(signal.SIGALRM, naive.give_up)
    pick = random.Random(chosen.seed)
    made = 0
    while made < chosen.count:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.5)
            case = make_case(pick)
        except (naive.TooSlow, ValueError):
            case = None
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if case is None or (not case['instants'] and pick.random() < 0.8):
            continue
        made += 1
        print(json.dumps(case, separators=(',', ':')))


main()
