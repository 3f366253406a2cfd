import type { Answer, CommandEnvelope, MemoryStore, Replied } from '@hearth/kernel'
import { HearthError } from '@hearth/protocol'
import type { DeskCommand } from './desk.ts'
import type { MachineClock } from './machine-clock.ts'
import type { Model } from './model/model.ts'
import type { Node } from './node.ts'
import type { PlannedCommand } from './plan.ts'
import type { Timeline } from './timeline.ts'

export interface Clients {
  /** Commands under a key that have no answer yet: they are sent again until they have. */
  unanswered(): number
}

interface ClientsOptions {
  readonly commands: readonly PlannedCommand[]
  readonly timeline: Timeline
  readonly clock: MachineClock
  readonly store: MemoryStore
  readonly model: Model
  readonly serving: (former?: boolean) => Node | null
  readonly fault: (what: string) => void
  readonly trace: (what: string) => void
}

const uuid = (prefix: string, number: number): string =>
  `00000000-0000-4000-${prefix}-${String(number).padStart(12, '0')}`

const present = (answer: Answer) =>
  answer.type === 'accepted'
    ? { status: 200, body: JSON.stringify(answer.output) }
    : { status: answer.code === 'command.failed' ? 500 : 409, body: answer.code }

/** Callers who try again under their key until they have an answer, and judge every answer they get. */
export function startClients(options: ClientsOptions): Clients {
  const { commands, timeline, clock, store, model, serving, fault, trace } = options
  const answers = new Map<string, string>()
  const waiting = new Set<string>()

  const envelopeOf = (planned: PlannedCommand, index: number, id: string): CommandEnvelope => {
    const { home, kind, token, ahead } = planned
    const due = ahead === null ? (planned.command.type === 'time' ? clock.now() : null) : clock.now() + ahead
    const command = { ...planned.command, token, ...(due === null ? {} : { due }) } as DeskCommand
    return {
      type: 'command',
      id,
      address: { tenant: 'main', home, kind, id: kind },
      command,
      principal: 'owner',
      correlation: id,
      ...(command.type === 'forget' ? { alone: true } : {}),
      key: planned.keyed ? { scope: uuid('8000', index), hash: uuid('9000', index) } : null,
      bytes: 100,
      present,
    }
  }

  const accepted = ({ token }: PlannedCommand, reply: Replied): void => {
    model.seen.acknowledged.set(token, timeline.now())
    const { position } = reply
    if (position === null) return
    const landed = store.slots()[position.slot]
    if ((landed?.sequence ?? 0) < position.sequence) fault(`${token} was acknowledged before it was committed`)
  }

  const judge = (planned: PlannedCommand, envelope: CommandEnvelope, reply: Replied): void => {
    const { token, keyed } = planned
    const text = `${reply.status} ${reply.body}`
    if (reply.status === 500) {
      model.seen.setAside.set(envelope.id, planned.home)
      return
    }
    // What came of it was sealed with a key that is gone.
    if (keyed && reply.body === 'idempotency.answer-forgotten' && model.seen.forgotten.has(planned.home)) return
    if (keyed) {
      const first = answers.get(token)
      if (first !== undefined && first !== text) fault(`${token} was answered ${first}, then ${text}`)
      answers.set(token, text)
    } else if (reply.replayed) fault(`${token} has no key and was answered from the kept ones`)
    if (reply.status === 200) accepted(planned, reply)
    else if (!mayBeRefused(planned)) fault(`${token} was answered ${text}`)
    else model.seen.refusedForGood.add(token)
  }

  const send = (planned: PlannedCommand, envelope: CommandEnvelope, tries: number): void => {
    const { token, keyed } = planned
    const node = serving(planned.toFormer && tries === 0)
    const again = (delay: number): void => void timeline.in(delay, () => send(planned, envelope, tries + 1))
    if (node === null) return keyed || tries === 0 ? again(200) : undefined
    waiting.add(token)
    let open = true
    const done = (): boolean => {
      const first = open
      open = false
      return first && node.isAlive()
    }
    // Whoever calls a machine that stopped finds out after a while.
    const look = (): void => {
      if (!open) return
      if (node.isAlive()) return void timeline.in(500, look)
      open = false
      trace(`${token} lost its connection to ${node.name}`)
      if (keyed) again(100)
    }
    timeline.in(500, look)
    node.kernel.submit(envelope).then(
      (reply) => {
        if (!done()) return
        trace(`${token} is answered ${reply.status} ${reply.body}${reply.replayed ? ' again' : ''}`)
        judge(planned, envelope, reply)
        if (reply.status !== 500) waiting.delete(token)
        else if (tries < 2 && keyed) again(300)
        else waiting.delete(token)
      },
      (error: unknown) => {
        if (!done()) return
        const code = error instanceof HearthError ? error.code : String(error)
        trace(`${token} is refused: ${code}`)
        if (code === 'command.refused-by-store') {
          if (planned.command.type !== 'note' || !planned.command.word.includes('\u0000')) fault(`${token}: ${code}`)
          if (!keyed) model.seen.refusedForGood.add(token)
          waiting.delete(token)
        } else if (!(error instanceof HearthError)) fault(`${token} failed with ${code}`)
        else if (keyed) again(400)
        else if (code === 'server.stopping') again(400)
        else waiting.delete(token)
      },
    )
    if (!keyed) timeline.in(20_000, () => waiting.delete(token))
  }

  const reuse = (planned: PlannedCommand, index: number): void => {
    const node = serving()
    if (node === null || !answers.has(planned.token)) return void timeline.in(500, () => reuse(planned, index))
    const other = {
      ...envelopeOf(planned, index, `${planned.token}-reused`),
      key: { scope: uuid('8000', index), hash: uuid('a000', index) },
    }
    node.kernel.submit(other).then(
      (reply) => {
        const isForgotten = reply.body === 'idempotency.answer-forgotten' && model.seen.forgotten.has(planned.home)
        if (reply.body !== 'idempotency.key-reused' && !isForgotten)
          fault(`${planned.token}: its key was taken for another input: ${reply.body}`)
      },
      () => trace(`${planned.token} could not be reused`),
    )
  }

  for (const [index, planned] of commands.entries()) {
    timeline.in(planned.at, () => {
      const envelope = envelopeOf(planned, index, planned.token)
      send(planned, envelope, 0)
      if (planned.againMs !== null)
        timeline.in(planned.againMs, () => send(planned, { ...envelope, id: `${planned.token}-again` }, 0))
      if (planned.reused && planned.command.type !== 'fail' && !isPoison(planned))
        timeline.in(1000, () => reuse(planned, index))
    })
  }
  return { unanswered: () => waiting.size }
}

const mayBeRefused = ({ command }: PlannedCommand): boolean =>
  command.type === 'refuse' || command.type === 'cancel' || (command.type === 'pass' && command.refused)

const isPoison = ({ command }: PlannedCommand): boolean => command.type === 'note' && command.word.includes('\u0000')
