import { HearthError } from '@hearth/protocol'
import { unavailableBy } from '../store/away.ts'

/** What one side may ask of the other, by name: what is sent with it, and what comes back. */
export type Words = Readonly<Record<string, readonly [body: unknown, answer: unknown]>>

type Body<W extends Words, N extends keyof W> = W[N][0]
type Answer<W extends Words, N extends keyof W> = W[N][1]

export type Handlers<W extends Words> = {
  readonly [N in keyof W]: (body: Body<W, N>) => Promise<Answer<W, N>>
}

/** Questions and answers between a supervisor and one of its workers. */
export interface Channel<Theirs extends Words> {
  /** Rejects when the other side fails at it, or ends. */
  ask<N extends keyof Theirs & string>(name: N, body: Body<Theirs, N>): Promise<Answer<Theirs, N>>
  /** Questions that wait for their answer. */
  readonly waiting: number
  /** The other side is gone. */
  end(): void
}

interface Port {
  send(message: unknown): void
  listen(receive: (message: unknown) => void): void
}

type Message =
  | { readonly type: 'ask'; readonly number: number; readonly name: string; readonly body: unknown }
  | { readonly type: 'answer'; readonly number: number; readonly body: unknown }
  | {
      readonly type: 'failure'
      readonly number: number
      readonly code: string | null
      readonly reason: string
      readonly retryAfterSeconds: number | null
    }

const refusalOf = (code: string, { reason, retryAfterSeconds }: Message & { readonly type: 'failure' }): HearthError =>
  new HearthError(code, reason, retryAfterSeconds === null ? {} : { retryAfterSeconds })

/** What the other side failed at. What it refused with a code comes back as that refusal. */
export class Failed extends Error {
  override readonly name = 'Failed'
}

export function createChannel<Theirs extends Words, Ours extends Words>(
  port: Port,
  handlers: Handlers<Ours>,
): Channel<Theirs> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let asked = 0
  let ended = false

  const answer = async ({ number, name, body }: Message & { readonly type: 'ask' }): Promise<Message> => {
    try {
      const handle = handlers[name]
      if (handle === undefined) throw new Error(`nobody knows what ${name} is`)
      return { type: 'answer', number, body: await handle(body) }
    } catch (error) {
      const known = error instanceof HearthError ? error : unavailableBy(error)
      const reason = known?.message ?? (error instanceof Error ? error.message : String(error))
      const { code = null, retryAfterSeconds = null } = known ?? {}
      return { type: 'failure', number, code, reason, retryAfterSeconds }
    }
  }
  port.listen((received) => {
    const message = received as Message
    if (message.type === 'ask')
      return void answer(message).then((reply) => {
        if (!ended) port.send(reply)
      })
    const one = waiting.get(message.number)
    waiting.delete(message.number)
    if (message.type === 'answer') one?.resolve(message.body)
    else if (message.code === null) one?.reject(new Failed(message.reason))
    else one?.reject(refusalOf(message.code, message))
  })
  return {
    ask: (name, body) => {
      if (ended) return Promise.reject(new Failed('the other process has ended'))
      asked += 1
      const one = Promise.withResolvers<unknown>()
      waiting.set(asked, one)
      port.send({ type: 'ask', number: asked, name, body } satisfies Message)
      return one.promise
    },
    get waiting() {
      return waiting.size
    },
    end: () => {
      ended = true
      for (const one of waiting.values()) one.reject(new Failed('the other process has ended'))
      waiting.clear()
    },
  }
}
