import { HearthError, toProblem, type ErrorTable, type Principal } from '@hearth/protocol'
import type { WebSocket } from 'ws'
import type { Hearth } from '../../compose.ts'
import type { Watching } from '../../watch/watcher.ts'
import { checkKey } from '../rest/key-header.ts'
import { BadFrame, readFrame, written, type Frame, type FrameId } from './frames.ts'

export interface ConnectionOptions {
  readonly socket: WebSocket
  readonly hearth: Pick<Hearth, 'call' | 'watch'>
  readonly errors: ErrorTable
  readonly requestId: string
  /** Who is on the other end, now. Throws `auth.…`. */
  who(): Principal
  onFailure(error: unknown): void
}

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
}

export function serveConnection(options: ConnectionOptions): Connection {
  const { socket, hearth, errors, requestId, who, onFailure } = options
  const watches = new Map<FrameId, Watched>()
  const running = new Set<Promise<void>>()
  let isAlive = true
  let isClosing = false
  let isFull = false

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
  const fail = (id: FrameId | null, error: unknown): void => {
    note(error)
    const {
      code,
      message: detail,
      issues,
    } = error instanceof HearthError ? error : new HearthError('door.failed', 'Something went wrong here.')
    send(written(id, 'error', JSON.stringify(toProblem({ code, detail, issues }, errors, requestId))))
  }
  const call = async ({ id, call: operation, input = {}, key, after }: CallFrame): Promise<void> => {
    if (key !== undefined) checkKey(key)
    const answer = await hearth.call({ operation, input, principal: who(), key, after, requestId })
    const isError = answer.contentType === 'application/problem+json'
    send(written(id, isError ? 'error' : 'result', answer.body, answer.headers['Hearth-Position']))
  }
  const watch = async ({ id, watch: operation, input = {}, from }: WatchFrame): Promise<void> => {
    if (watches.has(id)) throw new HearthError('live.id-taken', 'Something is watched under this id.')
    // The id may be free again and taken by another before this one is opened.
    const mine: Watched = { watching: null }
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
          who,
          send: ({ type, body, position }) => !isOpen() || send(written(id, type, body, position)),
          end: (error) => {
            if (isOpen()) fail(id, error)
            leave()
          },
        },
      })
    } catch (error) {
      if (!isMine()) return note(error)
      leave()
      throw error
    }
    // Stopped, ended or gone while it was opened.
    if (!isOpen()) mine.watching.stop()
  }
  const stop = (id: FrameId): void => {
    watches.get(id)?.watching?.stop()
    watches.delete(id)
    send(written(id, 'result', 'null'))
  }
  const take = async (frame: Frame): Promise<void> => {
    if ('stop' in frame) return stop(frame.id)
    if (isClosing) throw new HearthError('server.stopping', 'This server is stopping.')
    if (running.size > mostCalls)
      throw new HearthError('live.too-many-calls', `At most ${mostCalls} calls of a connection run at once.`)
    await ('call' in frame ? call(frame) : watch(frame))
  }
  const receive = async (bytes: Buffer): Promise<void> => {
    let id: FrameId | null = null
    try {
      const frame = readFrame(bytes)
      id = frame.id
      await take(frame)
    } catch (error) {
      fail(error instanceof BadFrame ? error.id : id, error)
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
    for (const { watching } of watches.values()) watching?.stop()
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
