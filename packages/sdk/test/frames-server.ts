import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into frames of any shape
export type Asked = any

export interface FramesServer extends AsyncDisposable {
  readonly url: string
  readonly asked: Asked[]
  readonly connections: WebSocket[]
}

/** Speaks the published frames at the live path: what the server does not send yet, and what it never should. */
export async function startFramesServer(
  answer: (asked: Asked, send: (frame: object | string) => void, socket: WebSocket) => void,
): Promise<FramesServer> {
  const asked: Asked[] = []
  const connections: WebSocket[] = []
  const http = createServer((_request, response) => void response.writeHead(426).end('{}'))
  const sockets = new WebSocketServer({ server: http, path: '/api/v1/live' })
  sockets.on('connection', (socket) => {
    connections.push(socket)
    socket.on('message', (data: Buffer) => {
      const frame: Asked = JSON.parse(data.toString('utf8'))
      asked.push(frame)
      answer(frame, (sent) => socket.send(typeof sent === 'string' ? sent : JSON.stringify(sent)), socket)
    })
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    asked,
    connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of connections) socket.terminate()
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }
}
