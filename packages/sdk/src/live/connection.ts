import type { WebSocketClass } from '../types.ts'

/** A frame from the server: its id, and one of `result`, `error`, `snapshot`, `change`, `reset` and `part`. */
export interface Received {
  readonly id: unknown
  readonly position?: string
  readonly [member: string]: unknown
}

export interface ConnectionOptions {
  readonly url: string
  readonly key: string | undefined
  readonly WebSocket: WebSocketClass
  opened(): void
  /** `size`: how long its text was. */
  received(frame: Received, size: number): void
  /** Called once, unless it was closed from here. */
  ended(wasOpen: boolean): void
}

export interface Connection {
  readonly isOpen: boolean
  send(frame: object): void
  close(): void
}

interface Socket {
  send(data: string): void
  close(): void
  terminate?(): void
  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void
}

const openWithinMs = 15_000
const beatMs = 15_000
/** The server answers it whatever it is asked for: nothing is stopped by it. */
const beat = JSON.stringify({ id: 'beat', stop: true })

export function openConnection(options: ConnectionOptions): Connection {
  const { opened, received, ended } = options
  const socket = socketOf(options)
  let isOpen = false
  let isOver = false
  let wasHeard = true

  const leave = (): void => {
    isOver = true
    clearTimeout(opening)
    clearInterval(beating)
  }
  const end = (): void => {
    if (isOver) return
    const wasOpen = isOpen
    isOpen = false
    leave()
    ended(wasOpen)
  }
  const cut = (): void => {
    // Who does not answer does not answer a farewell either.
    if (socket.terminate === undefined) socket.close()
    else socket.terminate()
    end()
  }
  const opening = setTimeout(cut, openWithinMs)
  // What a network has lost it does not say: a browser's socket would wait for hours.
  const beating = setInterval(() => {
    if (!isOpen) return
    if (!wasHeard) return cut()
    wasHeard = false
    socket.send(beat)
  }, beatMs)

  socket.addEventListener('open', () => {
    if (isOver) return
    clearTimeout(opening)
    isOpen = true
    opened()
  })
  socket.addEventListener('message', ({ data }) => {
    if (isOver || typeof data !== 'string') return
    wasHeard = true
    const frame = parse(data)
    if (frame === undefined) cut()
    else received(frame, data.length)
  })
  // Its close follows, but not from every class in every case.
  socket.addEventListener('error', end)
  socket.addEventListener('close', end)
  return {
    get isOpen() {
      return isOpen
    },
    send: (frame) => socket.send(JSON.stringify(frame)),
    close: () => {
      isOpen = false
      leave()
      socket.close()
    },
  }
}

/** A browser's class takes no headers, and says so: there the session of the page is sent by itself. */
function socketOf({ url, key, WebSocket }: ConnectionOptions): Socket {
  const make = WebSocket as unknown as new (url: string, options?: object) => Socket
  const address = `${url.replace(/^http/, 'ws')}/api/v1/live`
  if (key === undefined) return new make(address)
  try {
    return new make(address, { headers: { authorization: `Bearer ${key}` } })
  } catch (error) {
    if ((error as { readonly name?: unknown }).name !== 'SyntaxError') throw error
    return new make(address)
  }
}

function parse(text: string): Received | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Received) : undefined
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return undefined
  }
}
