import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { framed, type FramedSocket } from './framed-socket.ts'

/** The way from one worker to another, on this machine. */
export interface Link {
  /** Rejects with `LinkLost` when the other worker ends or cannot be reached. */
  ask(body: unknown): Promise<unknown>
  close(): void
}

export class LinkLost extends Error {
  override readonly name = 'LinkLost'
  /** False: surely nothing has reached the other side. */
  readonly wasSent: boolean

  constructor(wasSent: boolean) {
    super('the other worker cannot be reached')
    this.wasSent = wasSent
  }
}

export interface LinkServer extends AsyncDisposable {
  readonly port: number
}

type Hello = { readonly nonce: string; readonly proof?: string }
interface Numbered {
  readonly number: number
  readonly body: unknown
}

const helloMs = 5_000

// Both sides show that they hold the secret: another program may have taken the port of a worker that ended.
const proofOf = (secret: Uint8Array, side: 'asking' | 'answering', nonces: string): string =>
  createHmac('sha256', secret).update(`${side} ${nonces}`).digest('base64')

const isSame = (one: string, other: unknown): boolean =>
  typeof other === 'string' &&
  one.length === other.length &&
  timingSafeEqual(Buffer.from(one, 'latin1'), Buffer.from(other, 'latin1'))

/** Answers whoever holds the secret, and cuts off everybody else. */
export async function serveLinks(secret: Uint8Array, answer: (body: unknown) => Promise<unknown>): Promise<LinkServer> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    const late = setTimeout(() => socket.destroy(), helloMs)
    let nonces: string | null = null
    let isKnown = false
    const link: FramedSocket = framed(socket, {
      onMessage: (message) => {
        if (isKnown) {
          const { number, body } = message as Numbered
          return void answer(body).then((reply) => link.send({ number, body: reply } satisfies Numbered))
        }
        const { nonce, proof } = message as Hello
        if (nonces === null) {
          const own = randomBytes(32).toString('base64')
          nonces = `${nonce} ${own}`
          return link.send({ nonce: own, proof: proofOf(secret, 'answering', nonces) } satisfies Hello)
        }
        if (!isSame(proofOf(secret, 'asking', nonces), proof)) return link.destroy()
        isKnown = true
        clearTimeout(late)
      },
      onClose: () => {
        clearTimeout(late)
        open.delete(socket)
      },
    })
  })
  server.listen({ host: '127.0.0.1', port: 0, exclusive: true })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}

/** Questions wait until the other side has shown that it is one of ours. `onLost`: this link is of no more use. */
export function openLink(port: number, secret: Uint8Array, onLost: () => void): Link {
  const waiting = new Map<number, PromiseWithResolvers<unknown> & { readonly body: unknown }>()
  const own = randomBytes(32).toString('base64')
  let asked = 0
  let state: 'greeting' | 'open' | 'lost' = 'greeting'
  const socket = connect({ host: '127.0.0.1', port })
  const late = setTimeout(() => socket.destroy(), helloMs)
  const link = framed(socket, {
    onMessage: (message) => {
      if (state === 'open') {
        const { number, body } = message as Numbered
        waiting.get(number)?.resolve(body)
        return void waiting.delete(number)
      }
      const { nonce, proof } = message as Hello
      const nonces = `${own} ${nonce}`
      if (!isSame(proofOf(secret, 'answering', nonces), proof)) return link.destroy()
      clearTimeout(late)
      link.send({ nonce: own, proof: proofOf(secret, 'asking', nonces) } satisfies Hello)
      state = 'open'
      for (const [number, { body }] of waiting) link.send({ number, body } satisfies Numbered)
    },
    onClose: () => {
      clearTimeout(late)
      const wasSent = state === 'open'
      state = 'lost'
      onLost()
      for (const one of waiting.values()) one.reject(new LinkLost(wasSent))
      waiting.clear()
    },
  })
  link.send({ nonce: own } satisfies Hello)
  return {
    ask: (body) => {
      if (state === 'lost') return Promise.reject(new LinkLost(false))
      const number = (asked += 1)
      const one = { ...Promise.withResolvers<unknown>(), body }
      waiting.set(number, one)
      if (state === 'open') link.send({ number, body } satisfies Numbered)
      return one.promise
    },
    close: () => link.destroy(),
  }
}
