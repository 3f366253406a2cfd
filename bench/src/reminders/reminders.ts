import { openProbe } from '../kernel/probe.ts'
import { percentile } from '../load/histogram.ts'
import type { BenchOptions } from '../main.ts'
import { atMost, currentCommit, describeMachine, figuresOf, type BenchResult } from '../result.ts'
import { homeNamed, lateness, perSecond, rungOf, setEvents, setReminders } from '../timers/reminders.ts'
import { openWorkplace } from '../workplace.ts'
import { liveApart, type UsersPlan } from './users.ts'

const whole = {
  reminders: 1_000_000,
  homes: 200_000,
  ringsPerSecond: 500,
  listsPerSecond: 200,
  changesPerSecond: 100,
  seconds: 60,
  rounds: 3,
  /** Whose reminders are listed and changed. */
  users: 2_000,
  connections: 256,
}
const quickly = { ...whole, reminders: 30_000, homes: 6_000, seconds: 10, rounds: 1 }

const yearMs = 31_536_000_000
const usersAtOnce = 32

/** Reminders as their users meet them: how long a list and a change take among very many, while others ring. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const { say, signal, quick } = options
  const settings = quick ? quickly : whole
  const { homes, connections, ringsPerSecond, listsPerSecond, changesPerSecond, seconds } = settings
  await using workplace = await openWorkplace()
  say('Hearth: starting')
  await using probe = await openProbe(workplace)
  const ringing = ringsPerSecond * seconds
  const far = settings.reminders - ringing * settings.rounds
  let set = 0
  const far0 = await setReminders(probe, {
    name: 'far',
    count: far,
    homes,
    connections,
    from: Date.now() + yearMs,
    everyMs: 1000,
  })
  set += far0.acknowledged
  say(`${far0.acknowledged} reminders set in ${homes} homes, ${Math.round(perSecond(far0))} a second`)
  const users = await usersOf(probe, settings.users, homes)
  const rounds: Record<string, number | null>[] = [{ setPerSecond: perSecond(far0) }]
  let changed = 0
  for (let round = 1; round <= settings.rounds; round += 1) {
    signal.throwIfAborted()
    const name = `ring${round}`
    const lead = 3_000 + (ringing / Math.max(1, perSecond(far0))) * 2_000
    const from = Date.now() + lead
    const setting = await setReminders(probe, {
      name,
      count: ringing,
      homes,
      connections,
      from,
      everyMs: 1000 / ringsPerSecond,
    })
    set += setting.acknowledged
    if (Date.now() > from) throw new Error('The reminders that are to ring were not set in time.')
    await new Promise((resolve) => setTimeout(resolve, from - Date.now()))
    const { port, headers } = probe.hearth
    const lived = await liveApart({ port, headers, homes: users, listsPerSecond, changesPerSecond, seconds })
    changed += lived.changed
    const rung = await rungOf(probe, name)
    const status = await probe.hearth.status()
    say(
      `round ${round}: list p99 ${percentile(lived.list, 0.99).toFixed(1)} ms, change p99 ${percentile(lived.change, 0.99).toFixed(1)} ms, ${rung.length} rang, ${lived.failed} failed`,
    )
    rounds.push({
      listP50Ms: percentile(lived.list, 0.5),
      listP99Ms: percentile(lived.list, 0.99),
      changeP50Ms: percentile(lived.change, 0.5),
      changeP99Ms: percentile(lived.change, 0.99),
      listed: lived.listed,
      changed: lived.changed,
      failed: lived.failed,
      rungPerSecond: rung.length / seconds,
      ...lateness(rung),
      loopDelayP99Ms: Number(status['loopDelayP99Ms']),
    })
  }
  const ours = figuresOf(rounds)
  const median = (figure: string): number => ours[figure]?.median ?? NaN
  const verified = await probe.store.rows(
    (sql) => sql`select count(*)::text as count from hearth.log where types = 'reminder.changed'`,
  )
  return {
    schema: 1,
    name: 'reminders',
    commit: currentCommit(),
    machine: describeMachine(),
    settings: {
      ...settings,
      quick,
      loop: 'open; a latency counts from the moment its call ought to have been sent',
      list: 'reminders.list of one home over HTTP',
      change: 'reminders.change of text and time over HTTP',
      postgres: probe.postgres,
    },
    ours,
    peers: {},
    aims: [
      atMost('list p99 in ms', 20, median('listP99Ms')),
      atMost('change p99 in ms', 20, median('changeP99Ms')),
      atMost('lateness p99 in ms', 1_000, median('latenessP99Ms')),
      atMost('calls that failed', 0, ours['failed']?.max ?? NaN),
    ],
    acknowledged: set + changed,
    verified: (await setEvents(probe)) + Number(verified[0]?.['count']),
  }
}

type Users = UsersPlan['homes']

/** Every so-many-th home, with the reminders that it has. */
async function usersOf(probe: Awaited<ReturnType<typeof openProbe>>, count: number, homes: number): Promise<Users> {
  const users: { home: string; reminders: readonly string[] }[] = []
  for (let from = 0; from < count; from += usersAtOnce)
    await Promise.all(
      Array.from({ length: Math.min(usersAtOnce, count - from) }, async (_, step) => {
        const home = homeNamed(Math.floor(((from + step) * homes) / count))
        const { items } = (await probe.hearth.call('reminders.list', { home })) as {
          items: readonly { readonly id: string }[]
        }
        if (items.length > 0) users.push({ home, reminders: items.map(({ id }) => id) })
      }),
    )
  return users
}
