import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { makeAnswerReader } from './answer.ts'
import { makeResponseReader, ProtocolFault } from './response.ts'
import type { Response } from './response.ts'

/** One keep-alive connection with at most one request on its way. */
export interface Connection {
  readonly send: (request: string) => void
  readonly close: () => void
}

export interface ConnectionEvents {
  readonly onResponse: (response: Response) => void
  /** The connection is of no more use; a request on its way got no answer. */
  readonly onBroken: (reason: string) => void
  /** Where it is there, an answer may come in chunks, and each part of its body is told as it arrives. */
  readonly onPart?: (part: Buffer) => void
  /** False: then its body is not kept. */
  readonly keepsBody?: boolean
}

/** Resolves once it is connected; later trouble goes to `onBroken`, once. */
export function openConnection(host: string, port: number, events: ConnectionEvents): Promise<Connection> {
  const { onPart, keepsBody = true } = events
  const reader = onPart === undefined ? makeResponseReader() : makeAnswerReader(onPart, keepsBody)
  let over = false
  return new Promise((resolve, reject) => {
    const end = (reason: string): void => {
      if (over) return
      over = true
      socket.destroy()
      events.onBroken(reason)
    }
    const onData = (length: number, buffer: Uint8Array): boolean => {
      try {
        const response = reader.take(Buffer.from(buffer.buffer, buffer.byteOffset, length))
        if (response !== null) events.onResponse(response)
      } catch (error) {
        if (!(error instanceof ProtocolFault)) throw error
        end(error.message)
      }
      return true
    }
    // One buffer a connection: nothing is allocated to read an answer.
    const socket: Socket = connect({
      host,
      port,
      noDelay: true,
      onread: { buffer: Buffer.allocUnsafe(16_384), callback: onData },
    })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.removeListener('error', reject)
      socket.on('error', (error) => end(error.message))
      socket.on('close', () => end('the server closed the connection'))
      socket.on('end', () => end('the server closed the connection'))
      resolve({
        send: (request) => void socket.write(request, 'latin1'),
        close: () => {
          over = true
          socket.destroy()
        },
      })
    })
  })
}
