import type { Actor, MasterKey, View } from '@hearth/kernel'
import { HearthError, type Address, type Progressing } from '@hearth/protocol'
import { setTimeout as wait } from 'node:timers/promises'
import type { Archive } from '../archive/archive.ts'
import type { ConnectionOptions, Role } from '../connection.ts'
import type { Logger } from '../logger.ts'
import { createRenewingClient } from '../renewing.ts'
import { createFollower, type Follower } from './follow.ts'
import { emptyLeftOver, isLeft } from './left-over.ts'
import { isReady, rebuildView, type RebuildOptions, type Rebuilt } from './rebuild.ts'
import { verifyView, type Verified } from '../verify-view.ts'

export interface ViewKeeperOptions {
  readonly connection: (role: Role) => ConnectionOptions
  readonly tenants: () => readonly string[]
  readonly archive: Archive
  readonly master: MasterKey
  readonly views: readonly View[]
  readonly actors: readonly Actor[]
  readonly log: Logger
  /** Where the slots of this process stand. */
  sequences(): ReadonlyMap<number, number>
  /** Told of the homes where rows of a trailing view were written. Must not throw. */
  onWritten?(view: View, places: readonly Pick<Address, 'tenant' | 'home'>[]): void
  /** For tests that stop a rebuild at a boundary. */
  readonly at?: RebuildOptions['at']
}

export interface ViewStatus {
  /** It is built from the log, and cannot be read yet. */
  readonly building: boolean
  /** Events between a trailing view and the end of the log. */
  readonly behind?: number
}

/** Builds the views that are not whole, rebuilds others when asked to, and keeps trailing views up. */
export interface ViewKeeper extends AsyncDisposable {
  /** Throws `view.building` for a view that is not whole yet. */
  assertWhole(view: View): void
  /** Undefined when there is no such view. Whoever asks while one is rebuilt hears of that rebuild. */
  rebuild(name: string): Promise<Rebuilt> | undefined
  verify(name: string, tenant: string, progress?: Progressing): Promise<Verified> | undefined
  /** Begins to build and to follow. */
  start(): Promise<void>
  /** Up to where a trailing view has followed each slot. */
  reached(view: View): ReadonlyMap<number, number>
  status(): Readonly<Record<string, ViewStatus>>
}

const followEveryMs = 200
const tryAgainMs = 1000

export function createViewKeeper(options: ViewKeeperOptions): ViewKeeper {
  const { connection, tenants, archive, master, views, actors, log, sequences, at } = options
  const named = new Map(views.map((view) => [view.name, view]))
  const building = new Set<string>()
  const rebuilding = new Map<string, Promise<Rebuilt>>()
  const emptying = new Set<string>()
  const turns = new Map<string, Promise<unknown>>()
  const followers = new Map<string, Follower>()
  const stop = new AbortController()
  const { signal } = stop
  const running: Promise<void>[] = []
  const client = createRenewingClient(() => connection('commit'), {
    max: 1,
    connection: { application_name: 'hearth-views', 'hearth.tenants': `{${tenants().join(',')}}`, jit: 'off' },
  })

  /** Of one view at a time one thing: who compares it would be in the way of who exchanges it. */
  const inTurn = <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const mine = (turns.get(name) ?? Promise.resolve()).then(work, work)
    turns.set(name, mine)
    return mine
  }

  const build = async (view: View): Promise<Rebuilt> => {
    const ifMissing = building.has(view.name)
    const given = {
      connection: connection('commit'),
      tenants: tenants(),
      archive,
      master,
      view,
      actors,
      signal,
      ifMissing,
    }
    const rebuilt = await rebuildView(at === undefined ? given : { ...given, at })
    building.delete(view.name)
    return rebuilt
  }

  const rebuild = (view: View): Promise<Rebuilt> => {
    const known = rebuilding.get(view.name)
    if (known !== undefined) return known
    const mine = inTurn(view.name, () => build(view)).finally(() => rebuilding.delete(view.name))
    rebuilding.set(view.name, mine)
    mine.catch(() => emptyLater(view))
    return mine
  }

  const emptyLater = (view: View): void => {
    if (emptying.has(view.name)) return
    emptying.add(view.name)
    running.push(emptyAtLast(view).finally(() => emptying.delete(view.name)))
  }

  /** A rebuild that has lost its connection could not empty what it wrote, and one that was killed in another process did not. */
  const emptyAtLast = async (view: View): Promise<void> => {
    const mine = { max: 1, patienceMs: 5_000, connection: { application_name: 'hearth-views' } }
    await using own = createRenewingClient(() => connection('commit'), mine)
    while (!signal.aborted) {
      // What keeps it from answering is told by the others who wait for the database.
      if (await own.use((sql) => emptyLeftOver(sql, view)).catch(() => false)) return
      await rest(tryAgainMs)
    }
  }

  /** Until it is done, or this process stops. */
  const buildAtLast = async (view: View): Promise<void> => {
    log.info({ view: view.name, version: view.version }, 'a view is built from the log')
    while (!signal.aborted) {
      try {
        const { rows, events, seconds } = await rebuild(view)
        log.info({ view: view.name, rows, events, seconds }, 'a view was built from the log')
        return
      } catch (error) {
        if (signal.aborted) return
        log.warn({ err: error, view: view.name }, 'a view could not be built; it is tried again')
        await rest(tryAgainMs)
      }
    }
  }

  const rest = (ms: number): Promise<void> => wait(ms, undefined, { signal, ref: false }).catch(() => undefined)

  const followAlways = async (view: View, follower: Follower): Promise<void> => {
    let failed = false
    while (!signal.aborted) {
      try {
        if (!building.has(view.name)) await follower.pass()
        failed = false
      } catch (error) {
        if (!failed && !signal.aborted)
          log.warn({ err: error, view: view.name }, 'a view could not be followed; it is tried again')
        failed = true
      }
      await rest(failed ? tryAgainMs : followEveryMs)
    }
  }

  const buildAll = async (): Promise<void> => {
    for (const view of views) if (building.has(view.name)) await buildAtLast(view)
  }

  const assertWhole = ({ name }: View): void => {
    if (!building.has(name)) return
    const detail = `The view ${name} is built from the log at the moment.`
    throw new HearthError('view.building', detail, { retryAfterSeconds: 1 })
  }

  return {
    assertWhole,
    rebuild: (name) => {
      const view = named.get(name)
      return view === undefined ? undefined : rebuild(view)
    },
    verify: (name, tenant, progress) => {
      const view = named.get(name)
      if (view === undefined) return undefined
      assertWhole(view)
      const given = { connection: connection('read'), master, tenant, view, actors, archive }
      return inTurn(name, () => verifyView(progress === undefined ? given : { ...given, progress }))
    },
    start: async () => {
      for (const view of views) {
        if (!(await client.use((sql) => isReady(sql, view)))) building.add(view.name)
        if (await client.use((sql) => isLeft(sql, view))) emptyLater(view)
        if (view.trailing === undefined) continue
        const follower = createFollower({
          client,
          archive,
          master,
          view,
          actors,
          sequences,
          onWritten: (places) => options.onWritten?.(view, places),
        })
        followers.set(view.name, follower)
        running.push(followAlways(view, follower))
      }
      running.push(buildAll())
    },
    reached: ({ name }) => followers.get(name)?.seen ?? new Map<number, number>(),
    status: () =>
      Object.fromEntries(
        views.map(({ name }) => {
          const behind = followers.get(name)?.behind()
          return [name, { building: building.has(name), ...(behind === undefined ? {} : { behind }) }]
        }),
      ),
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await client[Symbol.asyncDispose]()
      await Promise.all(running)
      await Promise.allSettled(rebuilding.values())
    },
  }
}
