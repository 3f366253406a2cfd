import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { microseconds } from './clock.ts'
import { completion, ending, failure, models, role, token, words } from './protocol.ts'
import { makeRequestReader } from './request.ts'
import type { Asked } from './request.ts'
import { startTicking } from './ticking.ts'
import type { Behaviour, Speech, UpstreamAnswer, UpstreamQuestion } from './upstream.ts'

const whole = (body: string, status = '200 OK'): string =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

const answers = {
  completion: whole(completion),
  failure: whole(failure, '500 Internal Server Error'),
  models: whole(models),
}

const streamHead =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n'
const lastChunk = '0\r\n\r\n'
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`

/** What is said is ASCII, so a text is as long as its bytes. HTTP/1.1 on raw sockets, as the load generator has it. */
class Provider {
  readonly #sockets = new Set<Socket>()
  readonly #ticking = startTicking()
  #behaviour: Behaviour = 'well'
  #speech: Speech = { tokens: words.length, everyMs: 1, stamped: false }
  #server: Server | null = null
  #port = 0
  #answered = 0

  async listen(port: number): Promise<number> {
    const server = createServer({ noDelay: true }, (socket) => this.#take(socket))
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', 4096, resolve)
    })
    this.#port = (server.address() as AddressInfo).port
    return this.#port
  }

  speak(speech: Speech): void {
    this.#speech = speech
  }

  async behave(behaviour: Behaviour): Promise<void> {
    const before = this.#behaviour
    this.#behaviour = behaviour
    if (behaviour === 'refuses') {
      this.#server?.close()
      this.#server = null
    } else if (this.#server === null) await this.listen(this.#port)
    // What hung is answered by nobody any more, and who has died says nothing to those who wait.
    if (behaviour === 'refuses' || before === 'hangs') for (const socket of this.#sockets) socket.destroy()
  }

  get answered(): number {
    return this.#answered
  }

  #take(socket: Socket): void {
    const read = makeRequestReader()
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      for (const asked of read(bytes)) this.#answer(socket, asked)
    })
  }

  #answer(socket: Socket, { path, body }: Asked): void {
    if (this.#behaviour === 'hangs') return
    if (path.endsWith('/models')) return void socket.write(answers.models, 'latin1')
    if (this.#behaviour === 'errors') return void socket.write(answers.failure, 'latin1')
    if (/"stream": ?true/.test(body)) return this.#stream(socket, /"include_usage": ?true/.test(body))
    this.#answered += 1
    socket.write(answers.completion, 'latin1')
  }

  /** The first token at once. */
  #stream(socket: Socket, tellsUsage: boolean): void {
    const { tokens, everyMs, stamped } = this.#speech
    let next = 0
    const say = (): string => {
      const text = stamped ? `${next}:${microseconds()} ` : (words[next % words.length] ?? '')
      next += 1
      return token(text)
    }
    socket.write(`${streamHead}${chunk(role)}${chunk(say())}`, 'latin1')
    this.#ticking.every(everyMs, () => {
      if (socket.destroyed) return false
      if (next < tokens) {
        socket.write(chunk(say()), 'latin1')
        return true
      }
      this.#answered += 1
      socket.write(`${chunk(ending(tokens, tellsUsage))}${lastChunk}`, 'latin1')
      return false
    })
  }
}

const provider = new Provider()

async function answer(question: UpstreamQuestion): Promise<UpstreamAnswer> {
  switch (question.type) {
    case 'listen':
      return { port: await provider.listen(question.port) }
    case 'speak':
      provider.speak(question.speech)
      return {}
    case 'behave':
      await provider.behave(question.behaviour)
      return {}
    case 'answered':
      return { answered: provider.answered }
  }
}

process.on('message', (question: UpstreamQuestion) => {
  void answer(question).then((told) => process.send?.(told))
})
process.on('disconnect', () => process.exit(0))
