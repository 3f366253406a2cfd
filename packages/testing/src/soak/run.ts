import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { callUntilAnswered, openClient, pause } from './client.ts'
import type { Client } from './client.ts'
import { openHost } from './host.ts'
import type { Host } from './host.ts'
import { killOnce, startKiller } from './killer.ts'
import { openLedger, readLedger } from './ledger.ts'
import type { ClientEntry, Ledger, ReceiverEntry } from './ledger.ts'
import { startLoad } from './load.ts'
import type { SoakOptions } from './options.ts'
import { family, proportionalMemory } from './processes.ts'
import { chance } from './random.ts'
import { readEvents, readOccurrences, readReminders, verifyReminders } from './read-back.ts'
import { startReceiver } from './receiver-process.ts'
import type { Receiver } from './receiver-process.ts'
import { makeReport } from './report.ts'
import type { SoakReport } from './report.ts'
import { freePort, readServerFile } from './server-process.ts'
import { judge, undelivered } from './verdict.ts'
import type { Evidence } from './verdict.ts'
import { bytesBelow, makeWorkplace, removeWorkplace } from './workplace.ts'

type Say = (line: string) => void

interface Paths {
  readonly folder: string
  readonly data: string
  readonly client: string
  readonly receiver: string
}

interface Soak {
  readonly options: SoakOptions
  readonly paths: Paths
  readonly homes: readonly (string | null)[]
  readonly host: Host
  readonly client: Client
  readonly receiver: Receiver
  readonly ledger: Ledger<ClientEntry>
  readonly signal: AbortSignal
  readonly say: Say
}

type ReadBack = Pick<Evidence, 'listed' | 'occurrences' | 'events' | 'view'> & {
  readonly dataBytes: number
  readonly database: string | null
}

const readyWithinMs = 60_000
const settledWithinMs = 180_000
/** The last part of the load goes without kills: a server that lives for seconds shows no growth. */
const calmShare = 0.2
const calmLookMs = 5_000
/** Reminders whose ledger of occurrences is read back. */
const askedOccurrences = 1_500

/** Null when it was interrupted. */
export async function runSoak(options: SoakOptions, interrupt: AbortSignal, say: Say): Promise<SoakReport | null> {
  const folder = await makeWorkplace()
  const paths = {
    folder,
    data: join(folder, 'data'),
    client: join(folder, 'clients.jsonl'),
    receiver: join(folder, 'receiver.jsonl'),
  }
  say(`Seed ${options.seed}; ledgers, logs and data in ${folder}`)
  using ledger = openLedger<ClientEntry>(paths.client)
  const readBack = await live(options, paths, ledger, interrupt, say).catch((error: unknown) => {
    if (interrupt.aborted) return null
    ledger.append({
      type: 'misbehaved',
      at: Date.now(),
      what: 'run-broken',
      detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
    return undefined
  })
  if (readBack === null) {
    say(`Interrupted. What there is was kept in ${folder}`)
    return null
  }
  const client = readLedger<ClientEntry>(paths.client)
  const receiver = readLedger<ReceiverEntry>(paths.receiver)
  const { listed = [], occurrences = null, events = null, view = null, dataBytes = 0, database = null } = readBack ?? {}
  const verdict = judge({ settled: readBack !== undefined, client, receiver, listed, occurrences, events, view })
  const keep = options.keep || verdict.findings.length > 0
  if (!keep) await removeWorkplace(folder, database)
  const notAsked = [
    readBack !== undefined && occurrences === null ? 'reminders.occurrences' : null,
    readBack !== undefined && events === null ? 'events.list' : null,
    readBack !== undefined && view === null ? 'views.verify' : null,
  ].filter((name) => name !== null)
  const { seed, minutes } = options
  return makeReport({ seed, minutes, client, receiver, verdict, notAsked, dataBytes, folder: keep ? folder : null })
}

async function live(
  options: SoakOptions,
  paths: Paths,
  ledger: Ledger<ClientEntry>,
  signal: AbortSignal,
  say: Say,
): Promise<ReadBack> {
  const { seed } = options
  await using receiver = await startReceiver(paths.receiver, seed)
  const ownerKey = randomBytes(24).toString('hex')
  await using host = openHost({
    command: options.command,
    folder: fileURLToPath(new URL('../../../../', import.meta.url)),
    data: paths.data,
    port: await freePort(),
    ownerKey,
    output: join(paths.folder, 'server.log'),
  })
  say(`First start: ready after ${Math.round(await host.start().ready(readyWithinMs))} ms`)
  using client = openClient(host.url, ownerKey)
  receiver.useSecret(await makeWebhook(client, receiver.url, signal))
  const homes = [null, ...Array.from({ length: options.homes }, (_, index) => `soak-${index}`)]
  const soak: Soak = { options, paths, homes, host, client, receiver, ledger, signal, say }
  noteMemory('start', soak)
  await loadAndKill(soak)
  await settle(soak)
  await killInCalm(soak)
  const readBack = await readAll(soak)
  noteMemory('end', soak)
  await stopCleanly(soak)
  return readBack
}

async function makeWebhook(client: Client, url: string, signal: AbortSignal): Promise<string> {
  const { answer } = await callUntilAnswered(
    client,
    'webhooks.create',
    { url, events: ['reminder.rang'] },
    'soak-webhook',
    { signal },
  )
  if (answer.status >= 300) throw new Error(`webhooks.create answered ${answer.status}: ${answer.body}`)
  return (JSON.parse(answer.body) as { secret: string }).secret
}

async function loadAndKill(soak: Soak): Promise<void> {
  const { options, homes, host, client, ledger, say } = soak
  const { seed, ratePerSecond, minutes } = options
  const killer = startKiller({ seed, host, ledger, signal: soak.signal, readyWithinMs })
  const signal = AbortSignal.any([soak.signal, killer.failed])
  setMaxListeners(0, signal)
  const load = startLoad({ seed, ratePerSecond, homes, client, ledger, signal })
  const began = Date.now()
  const ends = began + minutes * 60_000
  const progress = (): void => {
    const { asked, acknowledged, open } = load.progress()
    say(`${Math.round((Date.now() - began) / 1000)} s: ${asked} asked, ${acknowledged} acknowledged, ${open} open`)
  }
  const calm = began + minutes * 60_000 * (1 - calmShare)
  let middle = false
  while (Date.now() < calm && !signal.aborted) {
    await pause(Math.min(10_000, Math.max(0, calm - Date.now())), signal)
    progress()
    if (!middle && Date.now() - began >= (ends - began) / 2) noteMemory('middle', soak)
    middle ||= Date.now() - began >= (ends - began) / 2
  }
  await killer.stop()
  say('The load goes on without kills')
  while (Date.now() < ends && !signal.aborted) {
    noteMemory('calm', soak)
    await pause(Math.min(calmLookMs, Math.max(0, ends - Date.now())), signal)
  }
  noteMemory('calm', soak)
  progress()
  await load.stop()
}

/** Waits until every owed occurrence was accepted, but not for ever: what is missing then, the verdict finds. */
async function settle({ paths, receiver, signal, say }: Soak): Promise<void> {
  const client = readLedger<ClientEntry>(paths.client)
  const deadline = Date.now() + settledWithinMs
  for (;;) {
    const missing = undelivered(client, readLedger<ReceiverEntry>(paths.receiver))
    if (missing.length === 0) break
    if (Date.now() > deadline) return say(`${missing.length} occurrences did not come, such as ${missing[0]}`)
    const { accepted } = await receiver.count()
    say(`${missing.length} occurrences are still to come; ${accepted} came`)
    await pause(2_000, signal)
  }
}

/** Long after the last delivery was recorded, a kill of both brings nothing back. */
async function killInCalm({ options, host, ledger, signal, say }: Soak): Promise<void> {
  await pause(4_000, signal)
  say('One more kill in calm')
  await killOnce('both', chance(options.seed, 'calm'), { seed: options.seed, host, ledger, signal, readyWithinMs })
  await pause(8_000, signal)
}

async function readAll({ paths, homes, client, signal, say }: Soak): Promise<ReadBack> {
  say('Reading everything back')
  const listed = await readReminders({ client, homes, signal })
  const every = Math.ceil(listed.length / askedOccurrences)
  const asked = listed.filter((_, index) => index % every === 0)
  const occurrences = await readOccurrences(asked, { client, homes, signal })
  const events = await readEvents({ client, homes, signal })
  const view = await verifyReminders({ client, homes, signal })
  const database = readServerFile(paths.data)?.postgres?.data ?? null
  const outside = database === null || database.startsWith(paths.data) ? [] : [database]
  return { listed, occurrences, events, view, dataBytes: await bytesBelow([paths.data, ...outside]), database }
}

function noteMemory(when: 'start' | 'middle' | 'calm' | 'end', { host, ledger }: Soak): void {
  const postgres = host.postgres()
  const ofServer = family(host.current().command).filter((member) => member.name !== 'postgres')
  ledger.append({
    type: 'memory',
    at: Date.now(),
    when,
    server: proportionalMemory(ofServer.map((member) => member.pid)),
    postgres: postgres === null ? null : proportionalMemory(family(postgres).map((member) => member.pid)),
  })
}

async function stopCleanly({ host, paths, ledger }: Soak): Promise<void> {
  const { exit, leftOver } = await host.stop()
  const misbehave = (detail: string): void =>
    ledger.append({ type: 'misbehaved', at: Date.now(), what: 'stop-unclean', detail })
  if (exit.code !== 0) misbehave(`SIGTERM ended it with ${JSON.stringify(exit)}`)
  if (leftOver.length > 0) misbehave(`still there after the stop: ${leftOver.join('; ')}`)
  if (readServerFile(paths.data) !== null) misbehave('server.json is still there after the stop')
}
