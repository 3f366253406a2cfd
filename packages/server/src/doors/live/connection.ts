import { HearthError, toProblem, type ErrorTable, type LivePart, type Principal } from '@hearth/protocol'
import type { WebSocket } from 'ws'
import type { Hearth } from '../../compose.ts'
import { correlationOf } from '../../correlation.ts'
import { codeIn } from '../../platform/access-log.ts'
import type { Watching } from '../../watch/watcher.ts'
import type { Done } from '../recorder.ts'
import { checkKey } from '../rest/key-header.ts'
import { BadFrame, readFrame, written, type Frame, type FrameId } from './frames.ts'

export interface ConnectionOptions {
  readonly socket: WebSocket
  readonly hearth: Pick<Hearth, 'call' | 'watch'>
  readonly errors: ErrorTable
  readonly requestId: string
  /** As the request for the connection gave it. */
  readonly traceparent?: string | readonly string[] | undefined
  /** Who is on the other end, now. Throws `auth.…`. */
  who(): Principal
  /** The same, for a call or a watch of theirs. */
  calls(): Principal
  onFailure(error: unknown): void
  /** A name that is no operation's may be anything, and is told to nobody. */
  readonly isOperation?: (name: string) => boolean
  /** Told of each call, and of each watch and its end. */
  readonly tell?: Tell
}

export type Tell = (done: Done) => void

export interface Connection {
  /** Ends it when nobody known is on the other end any more, or nobody at all. */
  beat(): void
  /** Takes nothing more, lets what runs be answered, and ends. */
  close(): Promise<void>
}

/** What may wait to be taken by the other end: above it nothing more is read, and watches wait. */
const fullBytes = 1024 * 1024
const mostCalls = 64

const unsupportedData = 1003
const policyViolation = 1008
const goingAway = 1001

type CallFrame = Extract<Frame, { call: string }>
type WatchFrame = Extract<Frame, { watch: string }>

interface Watched {
  /** Null while its first answer is read. */
  watching: Watching | null
  readonly about: Asking
}

/** A call on its way to its answer. */
interface Calling {
  isHeard: boolean
}

/** What one frame asks for. */
interface Asking {
  /** Each frame has an id of its own, within that of its connection. */
  readonly requestId: string
  readonly operation: string
  readonly what?: 'watch' | 'watch-end'
  readonly began: number
  principal?: Principal
}

export function serveConnection(options: ConnectionOptions): Connection {
  const { socket, hearth, errors, requestId, traceparent, who, onFailure, tell = () => undefined } = options
  const { calls: callsNow } = options
  const { isOperation = () => true } = options
  const watches = new Map<FrameId, Watched>()
  const calls = new Map<FrameId, Calling>()
  const running = new Set<Promise<void>>()
  let isAlive = true
  let isClosing = false
  let isFull = false
  let frames = 0

  const send = (text: string): boolean => {
    socket.send(text, drained)
    if (socket.bufferedAmount > fullBytes && !isFull) {
      isFull = true
      socket.pause()
    }
    return !isFull
  }
  const drained = (): void => {
    if (!isFull || socket.bufferedAmount > fullBytes / 2) return
    isFull = false
    socket.resume()
    for (const { watching } of watches.values()) watching?.drained()
  }
  const note = (error: unknown): void => {
    if (!(error instanceof HearthError)) onFailure(error)
  }
  const told = (about: Asking, status: number, bytes: number, code?: string): void =>
    tell({ ...about, status, bytes, code })
  const fail = (id: FrameId | null, error: unknown, about?: Asking): void => {
    note(error)
    const {
      code,
      message: detail,
      issues,
    } = error instanceof HearthError ? error : new HearthError('door.failed', 'Something went wrong here.')
    const problem = toProblem({ code, detail, issues }, errors, about?.requestId ?? requestId)
    const body = JSON.stringify(problem)
    send(written(id, 'error', body))
    if (about !== undefined) told(about, problem.status, Buffer.byteLength(body), code)
  }
  const call = async ({ id, call: operation, input = {}, key, after }: CallFrame, about: Asking): Promise<void> => {
    if (key !== undefined) checkKey(key)
    const principal = (about.principal = callsNow())
    const correlation = correlationOf(about.requestId, traceparent)
    const named = { requestId: about.requestId, correlation, door: 'live' } as const
    const asking: Calling = { isHeard: true }
    calls.set(id, asking)
    // What is only told on the way is lost where the other end is slow: what follows takes its place.
    const part = (told: LivePart): void => {
      if (asking.isHeard && !isFull && socket.readyState === socket.OPEN)
        send(written(id, 'part', JSON.stringify(told)))
    }
    const answer = await hearth.call({ operation, input, principal, key, after, part, ...named })
    if (calls.get(id) === asking) calls.delete(id)
    const isError = answer.contentType === 'application/problem+json'
    send(written(id, isError ? 'error' : 'result', answer.body, answer.headers['Hearth-Position']))
    told(about, answer.status, Buffer.byteLength(answer.body), codeIn(answer.status, answer.body))
  }
  const watch = async ({ id, watch: operation, input = {}, from }: WatchFrame, about: Asking): Promise<void> => {
    if (watches.has(id)) throw new HearthError('live.id-taken', 'Something is watched under this id.')
    callsNow()
    // The id may be free again and taken by another before this one is opened.
    const mine: Watched = { watching: null, about }
    watches.set(id, mine)
    const isMine = (): boolean => watches.get(id) === mine
    const isOpen = (): boolean => isMine() && socket.readyState === socket.OPEN
    const leave = (): void => {
      if (isMine()) watches.delete(id)
    }
    try {
      mine.watching = await hearth.watch({
        operation,
        input,
        from,
        watcher: {
          who: () => (about.principal = who()),
          send: ({ type, body, position }) => !isOpen() || send(written(id, type, body, position)),
          hear: (part) => !isOpen() || send(written(id, 'part', JSON.stringify(part))),
          end: (error) => {
            if (isOpen()) fail(id, error, { ...about, what: 'watch-end' })
            leave()
          },
        },
      })
    } catch (error) {
      if (!isMine()) return note(error)
      leave()
      throw error
    }
    told(about, 200, 0)
    // Stopped, ended or gone while it was opened.
    if (!isOpen()) mine.watching.stop()
  }
  const stop = (id: FrameId): void => {
    const watched = watches.get(id)
    const calling = calls.get(id)
    // It is answered all the same: what a call does is not undone by nobody listening.
    if (calling !== undefined) calling.isHeard = false
    watched?.watching?.stop()
    watches.delete(id)
    if (watched !== undefined) told({ ...watched.about, what: 'watch-end' }, 200, 0)
    send(written(id, 'result', 'null'))
  }
  const take = async (frame: Frame, about: Asking): Promise<void> => {
    if ('stop' in frame) return stop(frame.id)
    if (isClosing) throw new HearthError('server.stopping', 'This server is stopping.')
    if (running.size > mostCalls)
      throw new HearthError('live.too-many-calls', `At most ${mostCalls} calls of a connection run at once.`)
    await ('call' in frame ? call(frame, about) : watch(frame, about))
  }
  const nameOf = (name: string): string => (isOperation(name) ? name : 'none')
  const receive = async (bytes: Buffer): Promise<void> => {
    let id: FrameId | null = null
    frames += 1
    let about: Asking = { requestId: `${requestId}.${frames}`, operation: 'none', began: performance.now() }
    try {
      const frame = readFrame(bytes)
      id = frame.id
      if ('call' in frame) about = { ...about, operation: nameOf(frame.call) }
      else if ('watch' in frame) about = { ...about, operation: nameOf(frame.watch), what: 'watch' }
      await take(frame, about)
    } catch (error) {
      fail(error instanceof BadFrame ? error.id : id, error, about)
    }
  }

  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) return socket.close(unsupportedData, 'frames are text')
    const work: Promise<void> = receive(data).finally(() => running.delete(work))
    running.add(work)
  })
  socket.on('pong', () => (isAlive = true))
  // Its close follows.
  socket.on('error', () => undefined)
  socket.on('close', () => {
    for (const { watching, about } of watches.values()) {
      watching?.stop()
      told({ ...about, what: 'watch-end' }, 200, 0, 'live.connection-closed')
    }
    watches.clear()
  })
  return {
    beat: () => {
      if (!isAlive) return socket.terminate()
      isAlive = false
      try {
        who()
        socket.ping()
      } catch (error) {
        fail(null, error)
        socket.close(policyViolation)
      }
    },
    close: async () => {
      isClosing = true
      await Promise.all(running)
      socket.close(goingAway)
    },
  }
}
