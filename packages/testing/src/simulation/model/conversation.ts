import type { History, ReadRow } from './history.ts'
import type { Seen } from './model.ts'

/** What is wrong with what desks told and asked one another, as the log has it. */
export function conversationFaults(history: History, forgotten: Seen['forgotten']): readonly string[] {
  const acted = new Set(history.tokens.keys())
  return [
    ...toldFaults(history),
    ...askFaults(history, acted, forgotten),
    ...answerFaults(history, acted),
    ...sightFaults(history, forgotten),
  ]
}

/** Whoever looked at the other desk of its home saw all that had been written of it, and nothing of who was forgotten by then. */
function sightFaults({ rows }: History, forgotten: Seen['forgotten']): readonly string[] {
  const faults: string[] = []
  const before = new Map<string, ReadRow[]>()
  for (const row of rows) {
    const { home, kind, events } = row
    const other = before.get(`${home}/${otherOf(kind)}`) ?? []
    const gone = (forgotten.get(home) ?? []).map(({ since }) => since).filter((since) => since <= row.row.sequence)
    const seen = other.filter((one) => one.row.person === null || !gone.some((since) => one.row.sequence < since))
    const count = seen.reduce((sum, one) => sum + one.events.length, 0)
    for (const event of events)
      if (event['saw'] !== undefined && event['saw'] !== count)
        faults.push(`a desk of ${home} saw ${String(event['saw'])} events of the other, which had ${count}`)
    const place = `${home}/${kind}`
    before.set(place, [...(before.get(place) ?? []), row])
  }
  return faults
}

const first = ({ events: [event] }: ReadRow): { readonly type: string; readonly token: string } => ({
  type: event?.type ?? '',
  token: String(event?.['token']),
})

/** What one row passes on is heard in the rows right after it, each by the other desk of the same home, and nowhere else. */
function toldFaults({ rows }: History): readonly string[] {
  const faults: string[] = []
  const heard = new Set(rows.filter((row) => first(row).type === 'heard').map((row) => first(row).token))
  for (const [index, row] of rows.entries()) {
    if (first(row).type !== 'passed') continue
    const { token } = first(row)
    const rounds = Number(row.events[0]?.['rounds'])
    for (let round = 1; round <= rounds; round += 1) {
      const next = rows[index + round]
      heard.delete(`${token}/${round}`)
      const isKind = next?.kind === (round % 2 === 1 ? otherOf(row.kind) : row.kind)
      const isHere = next !== undefined && first(next).token === `${token}/${round}` && next.home === row.home
      if (!isHere || !isKind || next.row.at !== row.row.at)
        faults.push(`${token} was passed on, and not heard by all in one go`)
    }
  }
  return [...faults, ...[...heard].map((token) => `${token} was heard, and nobody passed it on`)]
}

const otherOf = (kind: string): string => (kind === 'desk' ? 'open-desk' : 'desk')

interface Asking {
  readonly home: string
  readonly about: string
  readonly timer: string | null
}

const askingOf = (row: ReadRow, effect: string): Asking | undefined =>
  row.events.find((event) => event['effect'] === effect)?.['asking'] as Asking | undefined

/** An ask that was accepted acted in the other home, one that was refused did not; accepted too late, it is asked to be undone. */
function askFaults(
  { asked, ended }: History,
  acted: ReadonlySet<string>,
  forgotten: Seen['forgotten'],
): readonly string[] {
  const faults: string[] = []
  for (const { effect, row } of asked.values()) {
    const asking = askingOf(row, effect)
    const [end] = ended.get(effect) ?? []
    if (asking === undefined || end === undefined) continue
    const { about, timer, home } = asking
    // Whoever asks again is not told what a person said who is forgotten.
    if (end.event['result'] === 'idempotency.answer-forgotten' && forgotten.has(home)) continue
    const accepted = end.event['result'] === 'accepted'
    if (accepted !== acted.has(about))
      faults.push(`${about} ended as ${String(end.event['result'])}, and the other home says otherwise`)
    if (timer === null) {
      if (!accepted) faults.push(`${about} was not undone: ${String(end.event['result'])}`)
      continue
    }
    const isLate = ended.get(timer)?.[0]?.how === 'settled'
    const undoes = end.row.events.some((event) => event.type === 'called' && event['token'] === `${about}!`)
    if (undoes !== (isLate && accepted))
      faults.push(`${about} ended ${isLate ? 'late' : 'in time'}, and is ${undoes ? '' : 'not '}undone`)
  }
  return faults
}

/** Nobody answers or undoes what was not asked. */
function answerFaults({ asked, rows }: History, acted: ReadonlySet<string>): readonly string[] {
  const abouts = new Set([...asked.values()].map(({ row, effect }) => askingOf(row, effect)?.about))
  const answers = rows.filter((row) => ['answered', 'undone'].includes(first(row).type)).map((row) => first(row).token)
  return answers
    .filter((token) => !abouts.has(token) || (token.endsWith('!') && !acted.has(token.slice(0, -1))))
    .map((token) => `${token} was answered, and nobody asked`)
}
