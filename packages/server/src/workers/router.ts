import { slotOf, type Kernel, type Replied } from '@hearth/kernel'
import { HearthError, parseAddress, type ErrorTable, type Json, type Position, type StepPart } from '@hearth/protocol'
import type { Submit } from '../active.ts'
import { oneAtATime } from '../call.ts'
import type { Shares } from '../shares.ts'
import { LinkLost, openLink, type Link } from './link.ts'
import type { Told, TurnParts } from '../watch/turn-parts.ts'
import { errorOf, failureOf, fromSent, toSent, type Reached, type Sent, type Submittable } from './wire.ts'
import type { Owners } from './words.ts'

export interface Router extends Disposable {
  readonly submit: Submit
  /** What another worker has sent. */
  receive(body: unknown): Promise<unknown>
  follow(owners: Owners): void
  /** Tells the workers where something is watched what was committed here. */
  touch(places: () => Iterable<string>): void
  /** Tells them what a turn brings that runs here. */
  tell(told: Told): void
  /** Tells all others something that may not arrive. */
  spread(topic: string, body: Json): void
  /** What is under way of an actor's turns where they run. */
  underWay(topic: string): Promise<readonly StepPart[]>
}

type Body =
  | { readonly type: 'submit'; readonly sent: Sent }
  | { readonly type: 'touched'; readonly places: Places }
  | { readonly type: 'told'; readonly told: readonly Told[] }
  | { readonly type: 'under-way'; readonly topic: string }
  | { readonly type: 'news'; readonly topic: string; readonly body: Json }
type Places = readonly string[] | 'all'

/** A share is without owner for a moment when it is handed over; after this long callers are told to try again. */
const patienceMs = 5_000
const lookAgainMs = 100

const mostUnanswered = 100

const moved: Reached = { type: 'moved' }

/** Brings every command to the worker that serves its home. What it is told of owners may be old: a worker decides only what it holds. */
export function createRouter(options: {
  readonly me: string
  readonly pass: Uint8Array
  readonly shares: Shares
  readonly errors: ErrorTable
  readonly onFailure: (error: unknown) => void
  /** What others committed: the places that it touched, or all where that is not known. */
  readonly onTouched: (places: Places) => void
  readonly turnParts?: Pick<TurnParts, 'take' | 'underWay'>
  readonly onNews?: (topic: string, body: Json) => void
}): Router {
  const { me, pass, shares, errors, onFailure, onTouched, turnParts } = options
  const links = new Map<string, Link>()
  const turns = new Map<string, Promise<unknown>>()
  const watchers = new Set<() => void>()
  let current: Owners = { owners: [], ports: {}, watching: [] }
  const touched = new Set<string>()
  let told: Told[] = []
  /** Of what was told, by worker: messages that it has not answered. */
  const unanswered = new Map<string, number>()

  /** Under one key one command is decided at a time, from whichever worker it comes. */
  const here = (share: number, envelope: Submittable): Promise<Reached> => {
    const { key } = envelope
    return key === null ? decide(share, envelope) : oneAtATime(turns, key.scope, () => decide(share, envelope))
  }
  const decide = async (share: number, envelope: Submittable): Promise<Reached> => {
    const kernel = shares.kernelOf(share)
    if (kernel === undefined) return moved
    try {
      const replied = await kernel.submit(envelope)
      return { type: 'replied', replied: { ...replied, position: replied.position ?? reachedBy(kernel, envelope) } }
    } catch (error) {
      // It was on its way out, and has taken nothing in.
      if (error instanceof HearthError && error.code === 'server.stopping') return moved
      if (!(error instanceof HearthError)) onFailure(error)
      return failureOf(error)
    }
  }
  const linkTo = (id: string, port: number): Link => {
    const known = links.get(id)
    if (known !== undefined) return known
    const link = openLink(port, pass, () => {
      if (links.get(id) === link) links.delete(id)
    })
    links.set(id, link)
    return link
  }
  const there = async (id: string, envelope: Submittable): Promise<Reached> => {
    const port = current.ports[id]
    if (port === undefined) return moved
    try {
      return (await linkTo(id, port).ask({ type: 'submit', sent: toSent(envelope) } satisfies Body)) as Reached
    } catch (error) {
      if (!(error instanceof LinkLost)) throw error
      // With a key it may be asked again: the answer is kept with what was done.
      if (!error.wasSent || envelope.key !== null) return moved
      throw new HearthError('worker.lost', 'The worker ended before it answered; this may have been done or not.', {
        retryAfterSeconds: 1,
      })
    }
  }
  const change = (seen: Owners): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        watchers.delete(done)
        resolve()
      }
      const timer = setTimeout(done, lookAgainMs)
      watchers.add(done)
      if (current !== seen) done()
    })
  const reach = async (envelope: Submittable): Promise<Reached> => {
    const { tenant, home } = envelope.type === 'keep' ? envelope : envelope.address
    const share = slotOf(tenant, home) % shares.count
    for (let since: number | null = null; ;) {
      const seen = current
      const owner = seen.owners[share] ?? null
      const asked = performance.now()
      const reached = owner === null ? moved : owner === me ? await here(share, envelope) : await there(owner, envelope)
      if (reached.type !== 'moved') return reached
      // A worker that hung was waited for until it was ended: what follows is another wait.
      if (since === null || performance.now() - asked > patienceMs) since = performance.now()
      if (performance.now() - since > patienceMs)
        throw new HearthError('slot.moving', 'This home is being handed over. Try again in a moment.', {
          retryAfterSeconds: 1,
        })
      await change(seen)
    }
  }
  const submit: Submit = async (envelope) => {
    const reached = await reach(envelope)
    if (reached.type === 'replied') return reached.replied
    return again(envelope, errorOf(reached as Reached & { readonly type: 'failed' }))
  }
  // Two workers may have taken the same new key to two homes at once. The store lets one in, and the other finds its answer.
  const again = async (envelope: Submittable, error: HearthError): Promise<Replied> => {
    if (envelope.key === null || error.code !== 'command.refused-by-store') throw error
    const reached = await reach(envelope)
    if (reached.type === 'replied') return reached.replied
    throw error
  }
  const tellOf = async (id: string, places: Places): Promise<void> => {
    const port = current.ports[id]
    if (port === undefined) return
    try {
      await linkTo(id, port).ask({ type: 'touched', places } satisfies Body)
    } catch (error) {
      if (!(error instanceof LinkLost)) throw error
      await change(current)
      await tellOf(id, 'all')
    }
  }
  const listeners = (): readonly string[] => current.watching.filter((id) => id !== me)
  const flush = (): void => {
    const places = [...touched]
    touched.clear()
    for (const id of listeners()) tellOf(id, places).catch(onFailure)
  }
  /** What does not arrive is noticed by what follows: nothing waits for it. */
  const flushTold = (): void => {
    const body: Body = { type: 'told', told }
    told = []
    for (const id of listeners()) {
      const port = current.ports[id]
      const waiting = unanswered.get(id) ?? 0
      // One that hangs is told no more until it answers.
      if (port === undefined || waiting >= mostUnanswered) continue
      unanswered.set(id, waiting + 1)
      linkTo(id, port)
        .ask(body)
        .catch((error: unknown) => {
          if (!(error instanceof LinkLost)) onFailure(error)
        })
        .finally(() => unanswered.set(id, (unanswered.get(id) ?? 1) - 1))
    }
  }
  return {
    submit,
    touch: (places) => {
      if (listeners().length === 0) return
      if (touched.size === 0) setImmediate(flush)
      for (const place of places()) touched.add(place)
    },
    tell: (one) => {
      if (listeners().length === 0) return
      if (told.length === 0) setImmediate(flushTold)
      told.push(one)
    },
    spread: (topic, body) => {
      for (const [id, port] of Object.entries(current.ports)) {
        if (id === me) continue
        linkTo(id, port)
          .ask({ type: 'news', topic, body } satisfies Body)
          .catch((error: unknown) => {
            if (!(error instanceof LinkLost)) onFailure(error)
          })
      }
    },
    underWay: async (topic) => {
      const { tenant, home } = parseAddress(topic)
      const owner = current.owners[slotOf(tenant, home) % shares.count] ?? null
      const port = owner === null || owner === me ? undefined : current.ports[owner]
      if (owner === null || port === undefined) return []
      return (await linkTo(owner, port).ask({ type: 'under-way', topic } satisfies Body)) as readonly StepPart[]
    },
    receive: async (received) => {
      const body = received as Body
      if (body.type === 'touched') {
        onTouched(body.places)
        return moved
      }
      if (body.type === 'told') {
        for (const one of body.told) turnParts?.take(one)
        return null
      }
      if (body.type === 'news') {
        options.onNews?.(body.topic, body.body)
        return null
      }
      if (body.type === 'under-way') return turnParts?.underWay(body.topic) ?? []
      const envelope = fromSent(body.sent, errors)
      const { tenant, home } = envelope.type === 'keep' ? envelope : envelope.address
      return here(slotOf(tenant, home) % shares.count, envelope)
    },
    follow: (owners) => {
      const former = current
      current = owners
      // Whoever served a share before may have ended before it told of its last commits.
      if (owners.owners.join() !== former.owners.join()) onTouched('all')
      for (const [id, link] of links) if (owners.ports[id] === undefined) link.close()
      for (const id of unanswered.keys()) if (owners.ports[id] === undefined) unanswered.delete(id)
      for (const watcher of watchers) watcher()
    },
    [Symbol.dispose]: () => {
      for (const link of links.values()) link.close()
    },
  }
}

function reachedBy(kernel: Kernel, envelope: Submittable): Position | null {
  const { tenant, home } = envelope.type === 'keep' ? envelope : envelope.address
  const slot = slotOf(tenant, home)
  const sequence = kernel.reached(slot)
  return sequence === undefined ? null : { slot, sequence }
}
