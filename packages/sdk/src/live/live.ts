import { HearthUnreachable, type HearthFailure } from '../errors.ts'
import { headersOf, problemIn, request, type Server } from '../http.ts'
import { isFailure, mayPass, waitBefore } from '../retry.ts'
import type { WebSocketClass } from '../types.ts'
import { openConnection, type Connection, type Received } from './connection.ts'

/** Somebody who wants something of the connection until it has stopped. */
export interface Subscriber {
  /** What asks for it, on each new connection. */
  frame(): object
  receive(frame: Received, size: number): void
  /** The connection was lost, or could not be made. It is made again as long as somebody wants it. */
  failed(failure: HearthFailure): void
  /** The client was closed. */
  closed(): void
}

type Timer = ReturnType<typeof setTimeout>

/** One connection for all, there while somebody wants something of it, and made again when it is lost. */
export class Live {
  readonly #server: Server
  readonly #WebSocket: WebSocketClass | undefined
  /** With the id under which they asked; null where they have not asked on this connection. */
  readonly #subscribers = new Map<Subscriber, number | null>()
  readonly #asked = new Map<unknown, Subscriber>()
  readonly #waiting = new Map<Subscriber, Timer>()
  #connection: Connection | null = null
  #reconnecting: Timer | null = null
  #failures = 0
  #lastId = 0

  constructor(server: Server, WebSocket: WebSocketClass | undefined) {
    this.#server = server
    this.#WebSocket = WebSocket
  }

  add(subscriber: Subscriber): void {
    this.#subscribers.set(subscriber, null)
    if (this.#connection?.isOpen === true) this.#ask(subscriber)
    else if (this.#connection === null && this.#reconnecting === null) this.#connect()
  }

  /** Asks again after a while, unless a new connection comes before. */
  again(subscriber: Subscriber, ms: number): void {
    this.#forget(subscriber)
    this.#waiting.set(
      subscriber,
      setTimeout(() => {
        this.#waiting.delete(subscriber)
        if (this.#subscribers.get(subscriber) === null && this.#connection?.isOpen === true) this.#ask(subscriber)
      }, ms),
    )
  }

  remove(subscriber: Subscriber): void {
    const id = this.#subscribers.get(subscriber) ?? null
    this.#forget(subscriber)
    this.#subscribers.delete(subscriber)
    if (id !== null && this.#connection?.isOpen === true) this.#connection.send({ id, stop: true })
    if (this.#subscribers.size === 0) this.#rest()
  }

  close(): void {
    for (const subscriber of this.#subscribers.keys()) subscriber.closed()
  }

  #rest(): void {
    this.#connection?.close()
    this.#connection = null
    if (this.#reconnecting !== null) clearTimeout(this.#reconnecting)
    this.#reconnecting = null
    this.#failures = 0
  }

  /** What comes under its former id is not for it any more. */
  #forget(subscriber: Subscriber): void {
    const id = this.#subscribers.get(subscriber) ?? null
    if (id !== null) this.#asked.delete(id)
    if (this.#subscribers.has(subscriber)) this.#subscribers.set(subscriber, null)
    clearTimeout(this.#waiting.get(subscriber))
    this.#waiting.delete(subscriber)
  }

  #ask(subscriber: Subscriber): void {
    this.#forget(subscriber)
    this.#lastId += 1
    this.#subscribers.set(subscriber, this.#lastId)
    this.#asked.set(this.#lastId, subscriber)
    this.#connection?.send({ id: this.#lastId, ...subscriber.frame() })
  }

  #connect(): void {
    if (this.#WebSocket === undefined)
      throw new Error('There is no WebSocket here: give createClient one, such as the class of the package ws.')
    const { url, key } = this.#server
    const connection: Connection = openConnection({
      url,
      key,
      WebSocket: this.#WebSocket,
      opened: () => {
        for (const subscriber of this.#subscribers.keys()) this.#ask(subscriber)
      },
      received: (frame, size) => this.#receive(frame, size),
      ended: (wasOpen) => void this.#ended(connection, wasOpen),
    })
    this.#connection = connection
  }

  #receive(frame: Received, size: number): void {
    this.#failures = 0
    const subscriber = this.#asked.get(frame.id)
    if (subscriber === undefined) return
    if ('result' in frame || 'error' in frame) this.#forget(subscriber)
    subscriber.receive(frame, size)
  }

  async #ended(connection: Connection, wasOpen: boolean): Promise<void> {
    this.#failures += 1
    for (const subscriber of this.#subscribers.keys()) this.#forget(subscriber)
    const failure = wasOpen ? this.#unreachable('the connection was lost') : await this.#diagnose()
    // Nobody waited for it, and another was begun meanwhile.
    if (this.#connection !== connection) return
    for (const subscriber of this.#subscribers.keys()) subscriber.failed(failure)
    this.#connection = null
    if (this.#subscribers.size === 0) return
    this.#reconnecting = setTimeout(
      () => {
        this.#reconnecting = null
        this.#connect()
      },
      waitBefore(this.#failures, failure),
    )
  }

  /** No WebSocket class says why it was refused: the same path says it to a plain request. */
  async #diagnose(): Promise<HearthFailure> {
    try {
      const answer = await request(this.#server, '/live', { headers: headersOf(this.#server) })
      if (answer.status === 426) return this.#unreachable('it answers, but no WebSocket comes through')
      return problemIn(answer)
    } catch (error) {
      if (isFailure(error)) return error
      throw error
    }
  }

  #unreachable(reason: string): HearthUnreachable {
    return new HearthUnreachable(this.#server.url, reason)
  }
}

/** Counts failures in a row, and says after which one it is over. */
export class Patience {
  #failures = 0

  reset(): void {
    this.#failures = 0
  }

  /** How long to wait before trying again; null when it is over. */
  after(failure: HearthFailure, retries: number): number | null {
    this.#failures += 1
    if (!mayPass(failure) || this.#failures > retries) return null
    return waitBefore(this.#failures, failure)
  }
}
