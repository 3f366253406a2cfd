import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Post {
  readonly way: string
  readonly token: string
  readonly body: string
}

/** The world that effects reach: an HTTP receiver that keeps what each run posted to it. */
export interface Outside extends AsyncDisposable {
  address(run: string, way: string): string
  posts(run: string): readonly Post[]
}

const statusOf = (way: string, isFirst: boolean): number =>
  way === 'gone' ? 410 : way === 'down' || (way === 'unsure' && isFirst) ? 500 : 204

export async function openOutside(): Promise<Outside> {
  const posts = new Map<string, Post[]>()
  const server = createServer((request, response) => {
    const [, run = '', way = ''] = (request.url ?? '').split('/')
    const token = String(request.headers['webhook-id'] ?? request.headers['idempotency-key'])
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk))
    request.on('end', () => {
      const ofRun = posts.get(run) ?? []
      const isFirst = !ofRun.some((post) => post.token === token && post.way === way)
      posts.set(run, [...ofRun, { way, token, body }])
      response.writeHead(statusOf(way, isFirst)).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    address: (run, way) => `http://127.0.0.1:${port}/${run}/${way}`,
    posts: (run) => posts.get(run) ?? [],
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
