import { formatEffectId, type MemoryStore } from '@hearth/kernel'
import { desksViews, pendingViews } from '../desk.ts'
import { chainFaults } from './chain.ts'
import { expectedViews, readHistory, type AskedEffect, type EndedEffect, type History } from './history.ts'
import { conversationFaults } from './conversation.ts'
import type { ModelOptions, Seen } from './model.ts'

/** What is wrong with what lies in the store, given what was seen. */
export function auditFaults(options: ModelOptions, seen: Seen): readonly string[] {
  const { store, reader } = options
  const history = readHistory(store, reader, seen.forgotten)
  return [
    ...chainFaults(store),
    ...commandFaults(history, seen, store),
    ...effectFaults(history, seen, store),
    ...timerFaults(history, seen, options),
    ...viewFaults(history, store),
    ...conversationFaults(history, seen.forgotten),
    ...referenceFaults(history, store),
  ]
}

function commandFaults({ tokens }: History, seen: Seen, store: MemoryStore): readonly string[] {
  const faults: string[] = []
  const letters = new Set(store.deadLetters().map(({ command }) => command))
  for (const [token, count] of tokens) if (count > 1) faults.push(`${token} acted ${count} times`)
  for (const token of seen.acknowledged.keys())
    if (!tokens.has(token)) faults.push(`${token} was acknowledged and is not in the log`)
  for (const token of seen.refusedForGood)
    if (tokens.has(token)) faults.push(`${token} was refused and acted all the same`)
  for (const [command, home] of seen.setAside)
    if (!letters.has(command) && !seen.forgotten.has(home)) faults.push(`${command} was set aside and is not there`)
  return faults
}

function effectFaults({ asked, ended }: History, seen: Seen, store: MemoryStore): readonly string[] {
  const faults: string[] = []
  for (const [effect, ends] of ended) {
    if (!asked.has(effect)) faults.push(`${effect} ended and was never asked for`)
    if (ends.length > 1 && ends.map(({ how }) => how).join() !== 'cancelled,late')
      faults.push(`${effect} ended ${ends.length} times: ${ends.map(({ how }) => how).join(', ')}`)
  }
  const held = new Map(store.effects().map((row) => [formatEffectId(row), row]))
  for (const [effect, one] of asked) {
    const row = held.get(effect)
    // One whose attempt was recorded when it was cancelled goes on.
    const ends = (ended.get(effect) ?? []).filter(({ how }) => how !== 'cancelled' || row === undefined || one.timer)
    if (one.row.isForgotten) faults.push(...forgottenFaults(one, row !== undefined, ends, seen))
    else if ((row !== undefined) === ends.length > 0)
      faults.push(
        `${effect} ${row === undefined ? 'is lost: neither owed nor ended' : 'ended and is there all the same'}`,
      )
    if (row?.state === 'stuck' && !seen.poisoned.has(effect) && !seen.begun.has(effect))
      faults.push(`${effect} is stuck: ${row.failure}`)
    const put = seen.asked.get(effect)
    if (one.due === null && put !== undefined && put.due > put.decided)
      faults.push(`${effect} was asked for at once, at ${put.decided}, and is due at ${put.due}`)
    for (const end of ends) faults.push(...endFaults(one, end, seen))
  }
  for (const effect of held.keys()) if (!asked.has(effect)) faults.push(`${effect} is owed and was never asked for`)
  return faults
}

/** It is owed no more, and came to no end since. */
function forgottenFaults(
  { effect, row }: AskedEffect,
  isThere: boolean,
  ends: readonly EndedEffect[],
  { forgotten }: Seen,
): readonly string[] {
  const since = Math.min(
    ...(forgotten.get(row.home) ?? []).map((one) => one.since).filter((one) => row.row.sequence < one),
  )
  const faults = isThere ? [`${effect} is owed, and its person is forgotten`] : []
  return ends.some((end) => end.row.row.sequence >= since)
    ? [...faults, `${effect} ended after its person was forgotten`]
    : faults
}

function endFaults(asked: AskedEffect, { effect, how, event, row }: EndedEffect, seen: Seen): readonly string[] {
  // What an ask ended with is held against the home that was asked.
  if (how === 'cancelled' || event['kind'] === 'ask') return []
  if (asked.timer) {
    const commit = seen.commits.get(`${row.row.slot}.${row.row.sequence}`)
    return commit !== undefined && commit.latest < (asked.due ?? 0) ? [`${effect} rang before its time`] : []
  }
  const runs = seen.runs.get(effect) ?? []
  const legitimate = runs.some(
    (run) => run.attempt === event['attempt'] && run.ended === event['ended'] && run.result === event['result'],
  )
  return legitimate ? [] : [`${effect} was settled with a result that no run had: ${JSON.stringify(event)}`]
}

/** Of two timers of one lane the earlier one rings first, if it was there when the later one came due. */
function timerFaults({ asked, ended }: History, seen: Seen, options: ModelOptions): readonly string[] {
  const rung = [...asked.values()].flatMap((timer) => {
    const [end] = ended.get(timer.effect) ?? []
    if (!timer.timer || timer.due === null || end?.how !== 'settled') return []
    const commit = seen.commits.get(`${end.row.row.slot}.${end.row.row.sequence}`)
    const askedAt = seen.commits.get(`${timer.row.row.slot}.${timer.row.row.sequence}`)
    if (commit === undefined || askedAt === undefined) return []
    const lane = timer.row.row.slot % options.lanes
    const shown = options.clock.firstShown(timer.due)
    return [{ effect: timer.effect, due: timer.due, lane, rang: commit.time, asked: askedAt.time, shown }]
  })
  return rung.flatMap((late) =>
    rung
      .filter((early) => early.lane === late.lane && early.due > late.due && early.rang < late.rang)
      .filter((early) => late.asked < early.shown)
      .map((early) => `${early.effect}, due at ${early.due}, rang before ${late.effect}, due at ${late.due}`),
  )
}

function viewFaults(history: History, store: MemoryStore): readonly string[] {
  const expected = expectedViews(history)
  const desks = new Map(
    desksViews
      .flatMap((view) => store.viewRows(view))
      .map(({ home, key, row }) => [`${home} ${key}`, JSON.stringify([row['count'], row['pending'], row['last']])]),
  )
  const pending = new Map(
    pendingViews
      .flatMap((view) => store.viewRows(view))
      .map(({ home, key, row }) => [`${home} ${key}`, JSON.stringify([row['token'], row['timer']])]),
  )
  const wanted = new Map([...expected.desks].map(([place, line]) => [withoutKind(place), line]))
  return [...differences('desks', wanted, desks), ...differences('pending', expected.pending, pending)]
}

const withoutKind = (place: string): string => {
  const [home, , id] = place.split(' ')
  return `${home} ${id}`
}

function differences(
  view: string,
  expected: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
): readonly string[] {
  return [...new Set([...expected.keys(), ...found.keys()])]
    .filter((key) => expected.get(key) !== found.get(key))
    .map((key) => `view ${view}, row ${key}: ${found.get(key)} where the log says ${expected.get(key)}`)
}

function referenceFaults({ rows }: History, store: MemoryStore): readonly string[] {
  const written = new Set(rows.flatMap(({ events }) => events.map((event) => event['token'])))
  const [published] = store.references()
  if (published === undefined) return []
  // Each board of the tenant publishes under the same name: the last of any one of them stands there.
  const lasts = new Map<string, unknown>()
  for (const { kind, place, events } of rows) if (kind === 'board') lasts.set(place, events.at(-1)?.['token'])
  const value = JSON.parse(published.data) as unknown
  const faults = [...lasts.values()].includes(value) ? [] : [`the reference says ${String(value)}, no board does`]
  for (const { events } of rows)
    for (const event of events)
      if (event.type === 'looked' && event['seen'] !== null && !written.has(event['seen']))
        faults.push(`a desk saw ${String(event['seen'])}, which was never written`)
  return faults
}
