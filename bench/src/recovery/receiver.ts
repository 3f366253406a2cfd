import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Takes what effects post. Until it is opened it answers nobody, so that they stay owed. */
export interface Receiver extends AsyncDisposable {
  readonly url: string
  open(): void
  shut(): void
  /** Different keys of those answered with a 2xx. */
  readonly tokens: ReadonlySet<string>
}

export async function startReceiver(): Promise<Receiver> {
  const tokens = new Set<string>()
  let isOpen = false
  const held = new Set<ServerResponse>()
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    request.resume()
    if (!isOpen) {
      held.add(response)
      response.once('close', () => held.delete(response))
      return
    }
    tokens.add(String(request.headers['idempotency-key']))
    response.writeHead(204).end()
  }
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    tokens,
    open: () => {
      isOpen = true
      for (const response of held) answer(response.req, response)
    },
    shut: () => {
      isOpen = false
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
