import { WebSocket } from 'ws'
import { ownerKey } from './hearth.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into frames of any shape
export type Received = any

export interface LiveSocket extends AsyncDisposable {
  readonly frames: Received[]
  send(frame: object | string): void
  /** The next frame that was not given out before. */
  next(): Promise<Received>
  /** Leaves what comes where it is, as a client does that is slow. */
  pause(): void
  resume(): void
  readonly closed: Promise<number>
}

/** A real client on the live path. Rejects with the status of a refused upgrade. */
export async function openSocket(url: string, headers: Record<string, string> = {}): Promise<LiveSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/v1/live`, {
    headers: { ...(headers['cookie'] === undefined ? { authorization: `Bearer ${ownerKey}` } : {}), ...headers },
  })
  const frames: Received[] = []
  let given = 0
  let wake = (): void => undefined
  const closed = new Promise<number>((resolve) => {
    socket.on('close', (code) => {
      resolve(code)
      wake()
    })
  })
  socket.on('message', (data: Buffer) => {
    frames.push(JSON.parse(data.toString('utf8')))
    wake()
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve())
    socket.once('error', reject)
  })
  return {
    frames,
    closed,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    next: async () => {
      while (frames.length <= given) {
        if (socket.readyState === WebSocket.CLOSED) throw new Error('the connection closed')
        await new Promise<void>((resolve) => (wake = resolve))
      }
      given += 1
      return frames[given - 1]
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    [Symbol.asyncDispose]: async () => {
      socket.close()
      await closed
    },
  }
}

interface Patch {
  readonly op: string
  readonly path: string
  readonly value?: unknown
}

/** Applies a JSON patch the way a client's library does. */
export function patched(document: Received, change: readonly Patch[]): Received {
  const copy = structuredClone(document)
  for (const { op, path, value } of change) {
    const parts = path
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = parts.pop() ?? ''
    const parent = parts.reduce((at, part) => at[part], copy)
    if (Array.isArray(parent) && op === 'add') parent.splice(Number(last), 0, value)
    else if (Array.isArray(parent) && op === 'remove') parent.splice(Number(last), 1)
    else if (op === 'remove') delete parent[last]
    else parent[last] = value
  }
  return copy
}

/** What a client holds after these updates. */
export function held(updates: readonly Received[]): Received {
  let document: Received = null
  for (const { snapshot, reset, change } of updates)
    document = change === undefined ? (snapshot ?? reset) : patched(document, change)
  return document
}
