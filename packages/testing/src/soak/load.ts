import { callUntilAnswered, pause } from './client.ts'
import type { Client, Settled } from './client.ts'
import type { ClientEntry, Ledger } from './ledger.ts'
import { planReminder } from './plan.ts'
import type { ReminderPlan } from './plan.ts'
import { chance } from './random.ts'

export interface LoadOptions {
  readonly seed: string
  readonly ratePerSecond: number
  readonly homes: readonly (string | null)[]
  readonly client: Client
  readonly ledger: Ledger<ClientEntry>
  readonly signal: AbortSignal
  /** So many reminders may wait for their acknowledgement; more are held back. */
  readonly maximumOpen?: number
}

export interface Load {
  readonly progress: () => { readonly asked: number; readonly acknowledged: number; readonly open: number }
  /** Sets no more; resolves when all that was asked is answered and every check of keys is done. Rejects when a client broke down. */
  readonly stop: () => Promise<void>
}

export function startLoad(options: LoadOptions): Load {
  const { seed, homes, ratePerSecond, maximumOpen = 500 } = options
  const luck = chance(seed, 'arrivals')
  const open = new Set<Promise<void>>()
  const counts = { asked: 0, acknowledged: 0 }
  let stopping = false
  let broken: { readonly error: unknown } | null = null

  const setOne = async (number: number): Promise<void> => {
    const plan = planReminder(seed, number, Date.now(), homes)
    const acknowledged = await setReminder(plan, options)
    if (acknowledged === null) return
    counts.acknowledged += 1
    await Promise.all([checkKey(plan, acknowledged.body, options), cancel(plan, acknowledged.id, options)])
  }
  const breakDown = (error: unknown): void => {
    broken ??= { error }
    stopping = true
  }
  const arrivals = async (): Promise<void> => {
    let due = Date.now()
    while (!stopping) {
      due += (-Math.log(1 - luck.next()) * 1000) / ratePerSecond
      if (due > Date.now()) await pause(due - Date.now(), options.signal)
      if (open.size >= maximumOpen) {
        await Promise.race(open)
        due = Date.now()
      }
      counts.asked += 1
      const one = setOne(counts.asked)
        .catch(breakDown)
        .finally(() => open.delete(one))
      open.add(one)
    }
  }
  const running = arrivals().catch(breakDown)
  return {
    progress: () => ({ ...counts, open: open.size }),
    stop: async () => {
      stopping = true
      await running
      await Promise.all(open)
      if (broken !== null) throw broken.error
    },
  }
}

interface Acknowledged {
  readonly id: string
  readonly body: string
}

/** Null when the server refused it, which is written down. */
async function setReminder(plan: ReminderPlan, { client, ledger, signal }: LoadOptions): Promise<Acknowledged | null> {
  const { text, home, occurrences, input, key } = plan
  ledger.append({ type: 'set-asked', at: Date.now(), text, home, occurrences })
  const ask = (): Promise<Settled> => callUntilAnswered(client, 'reminders.set', input, key, { signal })
  const first = ask()
  const second = plan.twiceAtOnce ? ask() : null
  const settled = await (second === null ? first : Promise.race([first, second]))
  const { answer, tries, tookMs } = settled
  if (answer.status >= 300) {
    ledger.append({
      type: 'refused',
      at: Date.now(),
      text,
      what: 'reminders.set',
      status: answer.status,
      code: codeOf(answer.body),
    })
    await second
    return null
  }
  const output = JSON.parse(answer.body) as { id: string; next: string | null }
  const next = output.next === null ? null : Date.parse(output.next)
  ledger.append({
    type: 'set-acknowledged',
    at: Date.now(),
    text,
    id: output.id,
    next,
    tries,
    tookMs,
    answeredMs: answer.tookMs,
  })
  if (second !== null) compareTwins(text, await Promise.all([first, second]), ledger)
  return { id: output.id, body: answer.body }
}

function compareTwins(text: string, [first, second]: readonly [Settled, Settled], ledger: Ledger<ClientEntry>): void {
  const what = 'twice-at-once'
  ledger.append({ type: 'key-checked', at: Date.now(), text, what })
  const same = first.answer.body === second.answer.body && first.answer.status === second.answer.status
  if (same && (first.answer.replayed || second.answer.replayed)) return
  const detail = same
    ? 'neither answer says that it is a replay'
    : `answers differ: ${first.answer.body} and ${second.answer.body}`
  ledger.append({ type: 'key-broken', at: Date.now(), text, what, detail })
}

async function checkKey(plan: ReminderPlan, body: string, options: LoadOptions): Promise<void> {
  const { client, ledger, signal } = options
  const { text, input, key } = plan
  if (plan.otherBody) {
    const other = { ...input, text: `${text} with another body` }
    const { answer } = await callUntilAnswered(client, 'reminders.set', other, key, { signal })
    ledger.append({ type: 'key-checked', at: Date.now(), text, what: 'other-body' })
    if (answer.status !== 422 || codeOf(answer.body) !== 'idempotency.key-reused') {
      ledger.append({
        type: 'key-broken',
        at: Date.now(),
        text,
        what: 'other-body',
        detail: `${answer.status} ${answer.body}`,
      })
    }
  }
  if (plan.replayAfterMs !== null) await checkReplay(plan, plan.replayAfterMs, body, options)
}

async function checkReplay(
  plan: ReminderPlan,
  afterMs: number,
  body: string,
  { client, ledger, signal }: LoadOptions,
): Promise<void> {
  await pause(afterMs, signal)
  const { answer } = await callUntilAnswered(client, 'reminders.set', plan.input, plan.key, { signal })
  ledger.append({ type: 'key-checked', at: Date.now(), text: plan.text, what: 'replay' })
  if (answer.replayed && answer.body === body) return
  const detail = `${body} and then ${answer.body}, said to be replayed: ${answer.replayed}`
  ledger.append({ type: 'key-broken', at: Date.now(), text: plan.text, what: 'replay', detail })
}

async function cancel(plan: ReminderPlan, id: string, { client, ledger, signal }: LoadOptions): Promise<void> {
  if (plan.cancelAfterMs === null) return
  const { text, home, key } = plan
  await pause(plan.cancelAfterMs, signal)
  ledger.append({ type: 'cancel-asked', at: Date.now(), text })
  const input = { id, ...(home === null ? {} : { home }) }
  const { answer } = await callUntilAnswered(client, 'reminders.cancel', input, `${key}-cancel`, { signal })
  if (answer.status < 300) ledger.append({ type: 'cancel-acknowledged', at: Date.now(), text })
  else
    ledger.append({
      type: 'refused',
      at: Date.now(),
      text,
      what: 'reminders.cancel',
      status: answer.status,
      code: codeOf(answer.body),
    })
}

export function codeOf(body: string): string {
  try {
    const { code } = JSON.parse(body) as { code?: unknown }
    return typeof code === 'string' ? code : ''
  } catch (error) {
    if (error instanceof SyntaxError) return ''
    throw error
  }
}
