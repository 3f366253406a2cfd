import { callUntilAnswered } from './client.ts'
import type { Client } from './client.ts'

export interface ListedReminder {
  readonly id: string
  readonly text: string
  readonly next: string | null
  readonly rung: string | null
  readonly state: string
}

export interface ListedOccurrence {
  readonly occurrence: string
  readonly due: string
  readonly rungAt?: string | null
  readonly late: boolean
}

export interface ListedEvent {
  readonly position: string
  readonly actor: string
  readonly version: number
  readonly type: string
}

export interface VerifiedView {
  readonly rows: number
  readonly different: number
}

export interface ReadBackOptions {
  readonly client: Client
  readonly homes: readonly (string | null)[]
  readonly signal: AbortSignal
}

/** Every reminder of every home, with the home in which it was found. */
export async function readReminders(
  options: ReadBackOptions,
): Promise<(ListedReminder & { readonly home: string | null })[]> {
  const found: (ListedReminder & { readonly home: string | null })[] = []
  for (const home of options.homes) {
    const items = (await everyPage<ListedReminder>('reminders.list', inHome(home), options)) ?? []
    for (const { id, text, next, rung, state } of items) found.push({ id, text, next, rung, state, home })
  }
  return found
}

/** Null when the server has no `events.list` yet. */
export async function readEvents(options: ReadBackOptions): Promise<ListedEvent[] | null> {
  const found: ListedEvent[] = []
  for (const home of options.homes) {
    const items = await everyPage<ListedEvent>('events.list', inHome(home), options)
    if (items === null) return null
    for (const { position, actor, version, type } of items)
      found.push({ position: JSON.stringify(position), actor, version, type })
  }
  return found
}

/** By reminder; null when the server has no `reminders.occurrences` yet. */
export async function readOccurrences(
  reminders: readonly { readonly id: string; readonly home: string | null }[],
  options: ReadBackOptions,
): Promise<Map<string, readonly ListedOccurrence[]> | null> {
  const found = new Map<string, readonly ListedOccurrence[]>()
  for (const { id, home } of reminders) {
    const items = await everyPage<ListedOccurrence>('reminders.occurrences', { id, ...inHome(home) }, options)
    if (items === null) return null
    found.set(id, items)
  }
  return found
}

function inHome(home: string | null): { readonly home?: string } {
  return home === null ? {} : { home }
}

/** Null when the operation is not there. */
async function everyPage<Item>(
  operation: string,
  input: object,
  { client, signal }: ReadBackOptions,
): Promise<Item[] | null> {
  const items: Item[] = []
  const seen = new Set<string>()
  let after: string | null = null
  do {
    const page: object = { ...input, limit: 200, ...(after === null ? {} : { after }) }
    const { answer } = await callUntilAnswered(client, operation, page, null, { signal })
    if (answer.status === 404 && items.length === 0) return null
    if (answer.status !== 200) throw new Error(`${operation} answered ${answer.status}: ${answer.body}`)
    const output = JSON.parse(answer.body) as { items: Item[]; next: string | null }
    items.push(...output.items)
    after = output.next
    if (after !== null && seen.has(after)) throw new Error(`${operation} gave the same cursor twice: ${after}`)
    if (after !== null) seen.add(after)
  } while (after !== null)
  return items
}

/** Null when the server has no `views.verify` yet. */
export async function verifyReminders({ client }: ReadBackOptions): Promise<VerifiedView | null> {
  // It folds the whole log.
  const answer = await client.call('views.verify', { view: 'reminders' }, { timeoutMs: 600_000 })
  if (answer.status === 404) return null
  if (answer.status !== 200) throw new Error(`views.verify answered ${answer.status}: ${answer.body}`)
  return JSON.parse(answer.body) as VerifiedView
}
